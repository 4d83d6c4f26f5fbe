package io.headrace.health;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The beginning of an answer over HTTP/1.1 (RFC 9112): its status and its fields. */
record HttpAnswer(int status, Map<String, String> fields) {
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})( .*)?");
  private static final int LONGEST_LINE = 8 << 10;
  private static final int MOST_LINES = 200;

  /** Reads it; the body comes next. Answers that only announce another are skipped. */
  static HttpAnswer read(InputStream in) throws IOException {
    while (true) {
      String line = line(in);
      Matcher matcher = STATUS_LINE.matcher(line);
      if (!matcher.matches()) {
        throw new CheckException(
            line.isEmpty()
                ? "it closed the connection without an answer"
                : "its answer is no HTTP");
      }
      int status = Integer.parseInt(matcher.group(1));
      Map<String, String> fields = fields(in);
      if (status >= 200) {
        return new HttpAnswer(status, fields);
      }
    }
  }

  private static Map<String, String> fields(InputStream in) throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i < MOST_LINES; i++) {
      String line = line(in);
      if (line.isEmpty()) {
        return fields;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    throw new CheckException("its answer has no end of its header");
  }

  /** The first part of the body, without its chunks. */
  String body(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equalsIgnoreCase(fields.get("transfer-encoding"))) {
      int length = chunkLength(line(in));
      while (length > 0 && body.size() < Answer.LONGEST) {
        body.write(in.readNBytes(Math.min(length, Answer.LONGEST)));
        line(in);
        length = chunkLength(line(in));
      }
    } else {
      body.write(in.readNBytes((int) Math.min(contentLength(), Answer.LONGEST)));
    }
    return body.toString(StandardCharsets.UTF_8);
  }

  private long contentLength() throws CheckException {
    try {
      return Long.parseLong(fields.getOrDefault("content-length", String.valueOf(Answer.LONGEST)));
    } catch (NumberFormatException e) {
      throw new CheckException("its answer has a wrong length");
    }
  }

  private static int chunkLength(String line) throws CheckException {
    try {
      return Integer.parseInt(line.split(";", 2)[0].strip(), 16);
    } catch (NumberFormatException e) {
      throw new CheckException("its answer has a wrong chunk");
    }
  }

  /** Without its end; empty at the end of the stream. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    while (next >= 0 && next != '\n') {
      line.write(next);
      if (line.size() > LONGEST_LINE) {
        throw new CheckException("its answer has a line without end");
      }
      next = in.read();
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
