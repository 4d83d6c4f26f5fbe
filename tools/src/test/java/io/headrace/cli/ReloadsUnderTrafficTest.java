package io.headrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.balancer.Balancer;
import io.headrace.config.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand changes of the configuration in a row, each of which adds or removes a server and a
 * frontend and shifts weights, fail no request and leave nothing behind.
 */
class ReloadsUnderTrafficTest {
  private static final int RELOADS = 1_000;
  private static final int WARM_UP = 200;
  private static final int CLIENTS = 4;
  private static final long MOST_GROWTH = 8 << 20;

  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger answered = new AtomicInteger();
  private final List<String> failed = new ArrayList<>();

  @TempDir private Path directory;

  /** What the process holds. */
  private record Held(long threads, long descriptors, long heap) {
    static Held now() throws IOException {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
        Runtime runtime = Runtime.getRuntime();
        return new Held(
            Thread.getAllStackTraces().keySet().stream().filter(each -> !isPooled(each)).count(),
            open.count(),
            runtime.totalMemory() - runtime.freeMemory());
      }
    }

    /** Of the JVM's own pools, which grow and shrink by themselves. */
    private static boolean isPooled(Thread thread) {
      return thread.getName().startsWith("ForkJoinPool") || thread.getName().startsWith("HTTP");
    }
  }

  @Test
  @Timeout(300)
  void aThousandReloadsFailNoRequestAndLeaveNothingBehind() throws Exception {
    try (ServerSocket first = server();
        ServerSocket second = server()) {
      int port = freePort();
      int other = freePort();
      Path file = directory.resolve("config.toml");
      Files.writeString(file, toml(0, port, other, first, second));
      Balancer balancer = Balancer.start(file, Mode.PROXY, false, Optional.empty());
      try {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(Thread.ofPlatform().start(() -> request(port)));
        }
        reload(0, WARM_UP, balancer, file, port, other, first, second);
        Held before = Held.now();
        reload(WARM_UP, RELOADS, balancer, file, port, other, first, second);
        Held after = Held.now();
        done.set(true);
        for (Thread client : clients) {
          client.join();
        }
        assertEquals(List.of(), failed);
        assertTrue(answered.get() > RELOADS / 10, answered + " requests");
        String grown = before + " became " + after;
        assertTrue(after.threads() <= before.threads() + 2, grown);
        assertTrue(after.descriptors() <= before.descriptors() + 10 * CLIENTS, grown);
        assertTrue(after.heap() <= before.heap() + MOST_GROWTH, grown);
      } finally {
        done.set(true);
        balancer.hurry();
        balancer.stop();
      }
    }
  }

  private static void reload(
      int from,
      int to,
      Balancer balancer,
      Path file,
      int port,
      int other,
      ServerSocket first,
      ServerSocket second)
      throws IOException {
    for (int i = from; i < to; i++) {
      Files.writeString(file, toml(i, port, other, first, second));
      balancer.reload();
    }
  }

  private static String toml(
      int number, int port, int other, ServerSocket first, ServerSocket second) {
    String toml =
        """
        [frontends.web]
        listen_addr = "127.0.0.1:%d"
        backend = "pool"
        [backends.pool.health_check]
        interval = "1s"
        [backends.pool.servers.first]
        addr = "127.0.0.1:%d"
        weight = %d
        [proxy]
        access_log = "access-%d.log"
        """
            .formatted(port, first.getLocalPort(), 1 + number % 7, number / 100 % 3);
    return number % 2 == 0
        ? toml
        : toml
            + """
            [backends.pool.servers.second]
            addr = "127.0.0.1:%d"
            [frontends.other]
            listen_addr = "127.0.0.1:%d"
            backend = "pool"
            """
                .formatted(second.getLocalPort(), other);
  }

  /** Echoes a byte to each connection. */
  private static ServerSocket server() throws IOException {
    ServerSocket listening = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              while (!listening.isClosed()) {
                try (Socket socket = listening.accept()) {
                  int asked = socket.getInputStream().read();
                  if (asked >= 0) {
                    socket.getOutputStream().write(asked);
                  }
                } catch (IOException e) {
                  // It is closed, or a check has ended.
                }
              }
            });
    return listening;
  }

  private void request(int port) {
    while (!done.get()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write('x');
        if (socket.getInputStream().read() != 'x') {
          throw new IOException("no answer");
        }
        answered.incrementAndGet();
      } catch (IOException e) {
        synchronized (failed) {
          failed.add(e.toString());
        }
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
