package io.headrace.cli;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** A request of HTTP on a balancer's control socket, as {@code ControlSocket} answers it. */
final class UnixRequest {
  private static final int LONGEST_LINE = 1 << 12;

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param body ends with an error when it is cut short; to be closed
   */
  record Reply(int status, InputStream body) {}

  private UnixRequest() {}

  /**
   * Asks; empty when nobody listens there.
   *
   * @param target path and query
   */
  static Optional<Reply> send(Path socket, String method, String target) throws IOException {
    SocketChannel channel;
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException nobody) {
      return Optional.empty();
    }
    channel.write(
        ByteBuffer.wrap(
            "%s %s HTTP/1.1\r\nHost: headrace\r\n\r\n"
                .formatted(method, target)
                .getBytes(StandardCharsets.US_ASCII)));
    InputStream in = Channels.newInputStream(channel);
    String status = line(in);
    long length = 0;
    boolean chunked = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring("content-length:".length()).strip());
      }
      chunked |= lower.equals("transfer-encoding: chunked");
    }
    return Optional.of(
        new Reply(Integer.parseInt(status.split(" ")[1]), new Body(in, length, chunked)));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_LINE) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the balancer does not answer");
      }
      if (next == '\n') {
        return line.toString().stripTrailing();
      }
      line.append((char) next);
    }
    throw new IOException("what answers is no balancer");
  }

  /** Reads to the end of the answer, which its length or its chunks tell. */
  private static final class Body extends FilterInputStream {
    private final boolean chunked;
    private long left;
    private boolean ended;

    Body(InputStream in, long length, boolean chunked) {
      super(in);
      this.chunked = chunked;
      this.left = chunked ? 0 : length;
      this.ended = !chunked && length == 0;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (chunked && left == 0 && !ended) {
        left = Long.parseLong(line(in), 16);
        ended = left == 0;
      }
      if (ended || length == 0) {
        return ended ? -1 : 0;
      }
      int count = in.read(bytes, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("it ends too soon");
      }
      left -= count;
      if (left == 0) {
        if (chunked) {
          line(in);
        } else {
          ended = true;
        }
      }
      return count;
    }
  }
}
