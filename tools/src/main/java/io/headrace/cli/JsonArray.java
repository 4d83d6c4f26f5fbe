package io.headrace.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Makes one JSON array of lines that are a JSON value each. */
final class JsonArray extends LineStream {
  private final OutputStream out;
  private boolean begun;

  JsonArray(OutputStream out) {
    this.out = out;
  }

  @Override
  void line(byte[] text) throws IOException {
    ascii(begun ? ",\n" : "[\n");
    begun = true;
    out.write(text);
  }

  @Override
  void end() throws IOException {
    ascii(begun ? "\n]\n" : "[]\n");
  }

  private void ascii(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
