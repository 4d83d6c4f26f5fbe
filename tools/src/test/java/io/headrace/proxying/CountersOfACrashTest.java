package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.counters.Metric;
import io.headrace.monitor.Balancers;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a balancer has counted is read beside it, without a word to it, and after its end. */
@Tag("network")
class CountersOfACrashTest {
  @TempDir private Path directory;

  @Test
  void aKilledBalancersCountsAreThereAndAStoppedOnesAreNot() throws IOException {
    try (EchoServer server = new EchoServer()) {
      long killed = run(server, true);
      CountersView view = Balancers.find(Optional.of(Long.toString(killed)));
      assertFalse(view.isAlive());
      assertEquals(1, view.counts().sum(Metric.FRONTEND_CONNECTIONS));
      assertEquals(5, view.counts().sum(Metric.FRONTEND_BYTES_FROM_CLIENTS));
      assertEquals(1, view.times(Metric.CONNECT_TIME).get("").count());
      assertEquals("web", view.directory().frontends().getFirst().name());
      long stopped = run(server, false);
      assertEquals(Optional.empty(), CountersFiles.of(stopped));
    }
  }

  private long run(EchoServer server, boolean kill) throws IOException {
    try (ProxyProcess proxy = ProxyProcess.start(directory, "", "", server.port())) {
      long pid = proxy.program().pid();
      CountersView view = Balancers.find(Optional.of(Long.toString(pid)));
      assertTrue(view.isAlive());
      assertTrue(view.config().endsWith("config.toml"), view.config());
      try (Socket socket = proxy.connect()) {
        socket.getOutputStream().write("hello".getBytes());
        socket.getInputStream().readNBytes(5);
        LocalProgram.await(
            "it has counted",
            () -> view.counts().sum(Metric.FRONTEND_BYTES_FROM_SERVERS) == 5,
            () -> view.counts().toString());
        if (kill) {
          proxy.program().close();
        }
      }
      if (!kill) {
        proxy.program().terminate();
        assertEquals(0, proxy.program().awaitEnd());
      }
      return pid;
    }
  }
}
