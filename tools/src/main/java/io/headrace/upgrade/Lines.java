package io.headrace.upgrade;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Lines over a socket, and no byte beyond them is read. For one thread. */
final class Lines {
  static final String HELLO = "upgrade 2";
  static final String END = "end";
  static final String RELEASE = "release";
  static final String RELEASED = "released";
  static final String READY = "ready";
  static final String TAKEN = "taken";
  static final String OLD = "old";
  static final String SESSIONS = "sessions";
  private static final int LONGEST = 256;

  private final SocketChannel socket;

  Lines(SocketChannel socket) {
    this.socket = socket;
  }

  SocketChannel socket() {
    return socket;
  }

  void write(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      socket.write(bytes);
    }
  }

  /** Writes a line with the length of a text, and the text: for one that is long. */
  void writeBlock(String name, String text) throws IOException {
    write(name + " " + text.length() + "\n" + text);
  }

  String readBlock(String name) throws IOException {
    String line = read();
    if (!line.startsWith(name + " ")) {
      throw said(line, name);
    }
    // Behind the text there is the end of its last line.
    int length = Integer.parseInt(line.substring(name.length() + 1)) + 1;
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (socket.read(bytes) < 0) {
        throw new EOFException("the other process is gone");
      }
    }
    return new String(bytes.array(), StandardCharsets.US_ASCII);
  }

  /**
   * @throws EOFException when the other process is gone
   */
  String read() throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (true) {
      one.clear();
      if (socket.read(one) < 0 || line.length() == LONGEST) {
        throw new EOFException("the other process is gone");
      }
      char next = (char) one.get(0);
      if (next == '\n') {
        return line.toString();
      }
      line.append(next);
    }
  }

  void expect(String wanted) throws IOException {
    String line = read();
    if (!line.equals(wanted)) {
      throw said(line, wanted);
    }
  }

  private static IOException said(String line, String wanted) {
    return new IOException("the other process said \"" + line + "\" and not " + wanted);
  }
}
