package io.headrace.cli;

import static io.headrace.cli.InProcess.DONE;
import static io.headrace.cli.InProcess.FAILED;
import static io.headrace.cli.InProcess.WRONG_USAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Protocol;
import io.headrace.probe.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class LatencyCommandTest {
  private static final long PAUSE_MS = 500;

  @TempDir Path folder;
  @RegisterExtension final InProcess latency = new InProcess("latency");

  /** Answers with what it is asked; once, at one question, only after a pause. */
  private static final class Echo implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final int pauseAt;

    Echo(int pauseAt) throws IOException {
      this.pauseAt = pauseAt;
      Thread.ofPlatform().daemon().start(this::serve);
    }

    private void serve() {
      byte[] bytes = new byte[1024];
      int asked = 0;
      while (!listening.isClosed()) {
        try (Socket socket = listening.accept()) {
          socket.setTcpNoDelay(true);
          for (int length = 0; length >= 0; length = socket.getInputStream().read(bytes)) {
            if (length > 0 && ++asked == pauseAt) {
              Thread.sleep(PAUSE_MS);
            }
            socket.getOutputStream().write(bytes, 0, length);
          }
        } catch (IOException | InterruptedException e) {
          // The next one, or the end.
        }
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listening.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  @Test
  void whoWaitsInALineIsNotForgotten() throws IOException {
    try (Echo echo = new Echo(50)) {
      Probe probe = new Probe(Protocol.TCP, echo.address(), "hello");
      probe.run(100, TimeUnit.SECONDS.toNanos(2));
      assertEquals(0, probe.failed(), probe::failure);
      long late =
          probe
              .times()
              .getCountBetweenValues(
                  TimeUnit.MILLISECONDS.toNanos(PAUSE_MS / 5), Long.MAX_VALUE / 2);
      assertTrue(late >= 30, "of a pause of half a second, " + late + " round trips know");
    }
  }

  @Test
  void itShowsWhatIsAdded() throws IOException {
    try (Echo frontend = new Echo(0);
        Echo server = new Echo(0)) {
      Path config = config(frontend.address().getPort(), server.address().getPort());
      assertEquals(
          DONE,
          latency.run(config.toString(), "--seconds", "1", "--rate", "50", "--request", "hello"),
          latency::said);
      assertTrue(latency.said().contains("through web "), latency::said);
      assertTrue(latency.said().contains("straight to one "), latency::said);
      assertTrue(latency.said().contains("added by the balancer "), latency::said);
      assertTrue(latency.said().lines().allMatch(line -> line.length() <= 82), latency::said);
    }
  }

  @Test
  void whoDoesNotAnswerIsNamed() throws IOException {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = socket.getLocalPort();
    }
    assertEquals(FAILED, latency.run(config(nobody, 1).toString(), "--seconds", "1"));
    assertTrue(
        latency.said().contains("headrace: through web (127.0.0.1:" + nobody), latency::said);
    assertTrue(latency.said().contains("no answer: Connection refused"), latency::said);
  }

  @Test
  void aFrontendThatIsNoneIsWrongUsage() throws IOException {
    assertEquals(WRONG_USAGE, latency.run(config(1, 2).toString(), "--frontend", "ssh"));
    assertTrue(latency.said().contains("there is no ssh; there is web"), latency::said);
  }

  private Path config(int frontend, int server) throws IOException {
    return Files.writeString(
        folder.resolve("config.toml"),
        """
        [frontends.web]
        listen_addr = "127.0.0.1:%d"
        backend = "pool"
        [backends.pool.servers.one]
        addr = "127.0.0.1:%d"
        """
            .formatted(frontend, server));
  }
}
