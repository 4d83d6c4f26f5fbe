package io.headrace.testbed;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * A real HTTP server on a host of the testbed, on port {@value #PORT}:
 *
 * <ul>
 *   <li>{@code /} answers with the host's name and a line feed;
 *   <li>{@code /small} answers with {@value #SMALL} bytes, the name first;
 *   <li>{@code /big} answers with {@link #bigBody}, the same on every server;
 *   <li>{@code /slow} answers with the same, a second's share each second, for {@value
 *       #SLOW_SECONDS} seconds;
 *   <li>{@code /echo} answers an upload (PUT or POST) with its own content.
 * </ul>
 *
 * Connections are kept alive. One process, in the foreground: to stop it is to stop it at once, as
 * a server that dies. For one thread.
 */
public final class NginxServer {
  public static final int PORT = 80;

  /** The length of {@link #bigBody}, in bytes. */
  public static final int BIG = 10_000_000;

  /** The length of what {@code /small} answers, in bytes. */
  public static final int SMALL = 70;

  /** How long {@code /slow} takes at least. */
  public static final int SLOW_SECONDS = 8;

  private static final Duration START_LIMIT = Duration.ofSeconds(10);

  private final Host host;
  private final Path directory;
  private HostProcess process;

  private NginxServer(Host host, Path directory) {
    this.host = host;
    this.directory = directory;
  }

  /** Writes the configuration and starts the server. Returns when it accepts connections. */
  public static NginxServer start(Host host) {
    NginxServer server = new NginxServer(host, host.directory().resolve("nginx"));
    server.prepare();
    server.start();
    return server;
  }

  /** Starts it again after {@link #stop}. Returns when it accepts connections. */
  public void start() {
    try {
      // What a killed nginx leaves, the next stumbles over.
      Files.deleteIfExists(socket());
      process = host.start("nginx", "-e", "stderr", "-p", directory.toString(), "-c", "nginx.conf");
      awaitAnswer();
    } catch (IOException e) {
      throw new TestbedException("cannot start nginx on %s: %s".formatted(host, e.getMessage()), e);
    }
  }

  /** Ends it, and every connection that it has. */
  public void stop() {
    process.stop();
  }

  public Host host() {
    return host;
  }

  /** What {@code /big} holds: ten million bytes that look random and are the same in every run. */
  public static byte[] bigBody() {
    byte[] body = new byte[BIG];
    new SplittableRandom(20).nextBytes(body);
    return body;
  }

  private Path socket() {
    return directory.resolve("echo.sock");
  }

  /**
   * The sockets listen before the event loop runs, and a signal that comes between the two is not
   * heeded.
   */
  private void awaitAnswer() {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.kill();
        throw new TestbedException(
            "nginx did not start on %s: %s".formatted(host, process.output().strip()));
      }
      Pause.millis(2);
    }
  }

  /** Asks over the Unix socket, which does not care about namespaces. */
  private boolean answers() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
      return channel.read(ByteBuffer.allocate(1)) == 1;
    } catch (IOException e) {
      return false;
    }
  }

  private void prepare() {
    try {
      Files.createDirectory(directory);
      Files.write(directory.resolve("big"), bigBody());
      Files.writeString(directory.resolve("nginx.conf"), configuration());
    } catch (IOException e) {
      throw new TestbedException("cannot write to %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  /**
   * The echo: the upload is spooled to a file, whose name a second server (on a Unix socket, in the
   * same process) hands back in X-Accel-Redirect, so that nginx answers with the file and then
   * removes it.
   */
  private String configuration() {
    return """
    daemon off;
    master_process off;
    pid pid;
    worker_rlimit_nofile 16384;
    events { worker_connections 8192; }
    http {
      access_log off;
      default_type application/octet-stream;
      sendfile on;
      keepalive_timeout 300s;
      send_timeout 300s;
      keepalive_requests 100000000;
      client_max_body_size 0;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      scgi_temp_path scgi;
      uwsgi_temp_path uwsgi;
      server {
        listen %1$d backlog=4096;
        %6$s
        location / { return 200 "%2$s\\n"; }
        location = /small { return 200 "%2$s %5$s\\n"; }
        location = /big { alias %3$s/big; }
        location = /slow { alias %3$s/big; limit_rate %4$d; }
        location = /echo {
          client_body_in_file_only clean;
          proxy_pass_request_body off;
          proxy_set_header Content-Length "";
          proxy_set_header X-Body $request_body_file;
          proxy_pass http://unix:%3$s/echo.sock:/;
        }
        location /spool/ { internal; alias /; }
      }
      server {
        listen unix:%3$s/echo.sock;
        location / {
          add_header X-Accel-Redirect /spool$http_x_body;
          return 200;
        }
      }
    }
    """
        .formatted(
            PORT,
            host.name(),
            directory,
            BIG / SLOW_SECONDS,
            "-".repeat(SMALL - host.name().length() - 2),
            Arm.hasIpv6() ? "listen [::]:" + PORT + " backlog=4096;" : "");
  }
}
