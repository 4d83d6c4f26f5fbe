package io.headrace.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Takes a text line by line. */
abstract class LineStream extends OutputStream {
  private final ByteArrayOutputStream rest = new ByteArrayOutputStream();

  /**
   * @param text of a line, without its end
   */
  abstract void line(byte[] text) throws IOException;

  /** After the last line, if all has gone well. */
  abstract void end() throws IOException;

  @Override
  public void write(int b) throws IOException {
    if (b == '\n') {
      line(rest.toByteArray());
      rest.reset();
    } else {
      rest.write(b);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int at = offset; at < offset + length; at++) {
      write(bytes[at]);
    }
  }
}
