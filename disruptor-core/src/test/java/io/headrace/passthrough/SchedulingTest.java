package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import io.headrace.registry.Server;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a scheduler needs to know of the flow table reaches it. */
class SchedulingTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void leastConnectionsKeepsFlowsEvenAndSeesTheirEnd() throws Exception {
    try (Bench bench = bench("least_connections")) {
      open(bench, 40_000, 100, SECOND);
      assertEquals(List.of(50, 50), flows(bench));
      // The first ones have expired by then.
      open(bench, 50_000, 10, 300 * SECOND);
      assertEquals(List.of(5, 5), flows(bench));
    }
  }

  @Test
  void aSourceKeepsItsServerWhateverItsPort() throws Exception {
    try (Bench bench = bench("source")) {
      open(bench, 40_000, 100, SECOND);
      assertEquals(100, flows(bench).stream().mapToInt(each -> each).max().orElseThrow());
    }
  }

  private static Bench bench(String scheduler) throws Exception {
    return new Bench("[backends.pool]\nscheduler = '" + scheduler + "'\n");
  }

  private static void open(Bench bench, int firstPort, int count, long nowNs) throws Exception {
    for (int i = 0; i < count; i++) {
      bench.source.give(
          FrameBuilder.tcp("192.0.2.1", firstPort + i, "10.0.0.2", 80).flags(Tcp.SYN).array(),
          nowNs);
    }
    bench.run();
  }

  private static List<Integer> flows(Bench bench) {
    return bench.registry.snapshot().pools().getFirst().servers().stream()
        .map(Server::flows)
        .map(flows -> flows.count())
        .toList();
  }
}
