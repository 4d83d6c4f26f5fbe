package io.headrace.demo;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * The client's side of one HTTP/1.1 connection (RFC 9112), one request at a time. It takes what the
 * demo's servers send, an answer with a Content-Length, and nothing is retried or hidden, since
 * errors are what the demo is out for. For one thread, in whose network namespace the connection
 * is; another may close it.
 */
final class HttpConnection implements AutoCloseable {
  /** TCP tries again ever more seldom: after a gap of ten seconds, data may take ten more. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int LONGEST_LINE = 4096;
  private static final String LENGTH = "content-length:";

  private final InetSocketAddress server;
  private final int receiveBuffer;
  private final Socket socket = new Socket();
  private InputStream in;

  /**
   * One that is still to {@link #connect}.
   *
   * @param receiveBuffer in bytes, which bounds what the server may send ahead; 0 leaves it to the
   *     kernel
   */
  HttpConnection(InetSocketAddress server, int receiveBuffer) {
    this.server = server;
    this.receiveBuffer = receiveBuffer;
  }

  HttpConnection(InetSocketAddress server) {
    this(server, 0);
  }

  void connect() throws IOException {
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.connect(server, (int) PATIENCE.toMillis());
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Asks for a page and returns its text. */
  String get(String path, boolean keepAlive) throws IOException {
    int length = ask(path, keepAlive);
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("%d of %d bytes".formatted(body.length, length));
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  /**
   * Asks for a page and reads the head of the answer.
   *
   * @return the length of the body, which {@link #body} then gives
   */
  int ask(String path, boolean keepAlive) throws IOException {
    String request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n\r\n"
            .formatted(path, server.getHostString(), keepAlive ? "keep-alive" : "close");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String status = line();
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new WrongAnswerException("status line: " + status);
    }
    int length = -1;
    for (String header = line(); !header.isEmpty(); header = line()) {
      if (header.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        length = Integer.parseInt(header.substring(LENGTH.length()).strip());
      }
    }
    if (length < 0) {
      throw new WrongAnswerException("no Content-Length");
    }
    return length;
  }

  /** What follows the head of an answer; it does not end with the body. */
  InputStream body() {
    return in;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the connection ended");
      } else if (next == '\n') {
        return line.toString().stripTrailing();
      } else if (line.length() == LONGEST_LINE) {
        throw new WrongAnswerException("a header of more than %d bytes".formatted(LONGEST_LINE));
      }
      line.append((char) next);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
      return;
    }
  }
}
