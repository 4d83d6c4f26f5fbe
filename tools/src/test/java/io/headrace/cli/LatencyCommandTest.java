package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Protocol;
import io.headrace.probe.Probe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyCommandTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final long PAUSE_MS = 500;

  @TempDir Path folder;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;

  @BeforeEach
  void listen() {
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(System.out);
  }

  @AfterEach
  void giveBack() {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

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
          latency(config.toString(), "--seconds", "1", "--rate", "50", "--request", "hello"),
          this::said);
      assertTrue(said().contains("through web "), this::said);
      assertTrue(said().contains("straight to one "), this::said);
      assertTrue(said().contains("added by the balancer "), this::said);
      assertTrue(said().lines().allMatch(line -> line.length() <= 82), this::said);
    }
  }

  @Test
  void whoDoesNotAnswerIsNamed() throws IOException {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = socket.getLocalPort();
    }
    assertEquals(FAILED, latency(config(nobody, 1).toString(), "--seconds", "1"));
    assertTrue(said().contains("headrace: through web (127.0.0.1:" + nobody), this::said);
    assertTrue(said().contains("no answer: Connection refused"), this::said);
  }

  @Test
  void aFrontendThatIsNoneIsWrongUsage() throws IOException {
    assertEquals(WRONG_USAGE, latency(config(1, 2).toString(), "--frontend", "ssh"));
    assertTrue(said().contains("there is no ssh; there is web"), this::said);
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

  private static int latency(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "latency";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Headrace.execute(all);
  }

  private String said() {
    return output.toString(StandardCharsets.UTF_8);
  }
}
