package io.headrace.perf.soak;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A connection to an nginx of the testbed. For one thread, which has to be on the client. */
final class HttpConnection implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;
  private static final int LOOK_MS = 250;
  private static final String LENGTH = "content-length:";

  private final Duration patience;
  private final BooleanSupplier givenUp;
  private final Socket socket = new Socket();
  private InputStream in = InputStream.nullInputStream();

  /** Nobody waits for the answer any more. */
  static final class GivenUp extends IOException {
    private static final long serialVersionUID = 1L;

    GivenUp() {
      super("given up");
    }
  }

  /**
   * @param patience with which anything is waited for
   * @param givenUp ends a wait for bytes
   */
  HttpConnection(Duration patience, BooleanSupplier givenUp) {
    this.patience = patience;
    this.givenUp = givenUp;
  }

  void open(InetSocketAddress to) throws IOException {
    socket.connect(to, (int) patience.toMillis());
    socket.setSoTimeout(LOOK_MS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream(), CHUNK);
  }

  /**
   * Asks for a path.
   *
   * @return the length of the answer, which is to be {@link #read}
   */
  int ask(String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: soak\r\n\r\n"
                .formatted(path)
                .getBytes(StandardCharsets.US_ASCII));
    String head = head();
    if (!head.startsWith("http/1.1 200 ")) {
      throw new IOException("not 200: " + head);
    }
    return head.lines()
        .filter(line -> line.startsWith(LENGTH))
        .map(line -> Integer.parseInt(line.substring(LENGTH.length()).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("no length: " + head));
  }

  /** Asks for a path, and takes the answer as text. */
  String answer(String path) throws IOException {
    byte[] text = new byte[ask(path)];
    for (int at = 0; at < text.length; ) {
      at += read(text, at, text.length - at);
    }
    return new String(text, StandardCharsets.US_ASCII);
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    byte[] next = new byte[1];
    while (head.indexOf("\r\n\r\n") < 0) {
      read(next, 0, 1);
      head.append((char) next[0]);
    }
    return head.toString().toLowerCase(java.util.Locale.ROOT);
  }

  /** At least one byte. */
  int read(byte[] into, int at, int most) throws IOException {
    long start = System.nanoTime();
    while (true) {
      try {
        int read = in.read(into, at, most);
        if (read < 0) {
          throw new IOException("the server closed the connection");
        }
        return read;
      } catch (SocketTimeoutException e) {
        if (givenUp.getAsBoolean()) {
          throw new GivenUp();
        }
        if (System.nanoTime() - start > patience.toNanos()) {
          throw new SocketTimeoutException("nothing came for " + patience.toSeconds() + " s");
        }
      }
    }
  }

  /** The next {@link #close} is a RST. */
  void resetAtClose() throws IOException {
    socket.setSoLinger(true, 0);
  }

  int localPort() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
