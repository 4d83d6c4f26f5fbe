package io.headrace.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HTTP on a Unix socket that only its owner may use: {@code curl --unix-socket}. One
 * request a connection (RFC 9112, {@code Connection: close}).
 */
public final class ControlSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);
  private static final int LONGEST_HEAD = 1 << 14;
  private static final long LAST_ANSWERS_MS = 500;

  private final Site site;
  private final OwnersSocket listening;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private ControlSocket(Site site, OwnersSocket listening) {
    this.site = site;
    this.listening = listening;
  }

  /**
   * Starts to listen. A socket that a killed process has left is replaced.
   *
   * @throws IOException when it cannot; the message says why
   */
  public static ControlSocket open(Path path, Site site) throws IOException {
    if (isServed(path)) {
      throw new IOException("another process serves it");
    }
    ControlSocket socket = new ControlSocket(site, OwnersSocket.listen(path));
    Thread.ofVirtual().name("control").start(socket::accept);
    return socket;
  }

  private static boolean isServed(Path path) {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return true;
    } catch (IOException nobody) {
      return false;
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = listening.accept();
        threads.execute(() -> serve(channel));
      }
    } catch (IOException | RejectedExecutionException e) {
      LOG.debug("{} is served no more", listening.path(), e);
    }
  }

  private void serve(SocketChannel channel) {
    try (channel;
        InputStream in = Channels.newInputStream(channel)) {
      List<String> head = head(in).lines().toList();
      String[] request = head.isEmpty() ? new String[0] : head.getFirst().split(" ");
      if (request.length == 3) {
        site.answer(
            new Local(
                request[0],
                URI.create(request[1]),
                head,
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName(),
                Channels.newOutputStream(channel)));
      }
    } catch (IOException | RuntimeException e) {
      // Whoever asked sees that the answer is cut short.
      LOG.debug("a request on {}", listening.path(), e);
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < LONGEST_HEAD && head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Who has asked for what ends the process gets the answer first. */
  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdown();
    try {
      threads.awaitTermination(LAST_ANSWERS_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
    threads.close();
  }

  private record Local(String method, URI target, List<String> head, String user, OutputStream out)
      implements Exchange {
    @Override
    public String header(String name) {
      String start = name + ":";
      return head.stream()
          .filter(line -> line.regionMatches(true, 0, start, 0, start.length()))
          .map(line -> line.substring(start.length()).strip())
          .findFirst()
          .orElse("");
    }

    @Override
    public String authority() {
      return "user " + user + " on the control socket";
    }

    @Override
    public OutputStream answer(int status, Media media, long length) throws IOException {
      String body =
          length == 0 ? "Transfer-Encoding: chunked" : "Content-Length: " + Math.max(0, length);
      out.write(
          "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s\r\nConnection: close\r\n\r\n"
              .formatted(status, status == 200 ? "OK" : "Refused", media.type(), body)
              .getBytes(StandardCharsets.US_ASCII));
      if (method.equals("HEAD")) {
        return OutputStream.nullOutputStream();
      }
      return length == 0 ? new Chunks(out) : out;
    }
  }

  /** A body whose end shows that it is whole. Writes come in large pieces. */
  private static final class Chunks extends OutputStream {
    private final OutputStream out;

    Chunks(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (length > 0) {
        out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(bytes, offset, length);
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    }

    @Override
    public void close() throws IOException {
      out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.close();
    }
  }
}
