package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Tcp;
import java.time.Duration;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Settings of passthrough that change while frames pass. */
class ChangedSettingsTest {
  private long now = 1_000_000_000L;

  @Test
  void whatIsDoneWithUnknownFrames() throws Exception {
    try (Bench bench = new Bench("on_unknown = 'drop'\n")) {
      assertEquals(List.of(), send(bench, client(40000).flags(Tcp.ACK)));
      change(bench, "on_unknown = 'reset'");
      byte[] reset = send(bench, client(40000).flags(Tcp.ACK)).getFirst();
      Headers headers = new Headers();
      headers.parse(new UnsafeBuffer(reset));
      assertTrue((headers.tcpFlags() & Tcp.RST) != 0);
    }
  }

  @Test
  void timeoutsOfFlowsThatAreThereFromTheirNextFrameOn() throws Exception {
    try (Bench bench = new Bench("")) {
      send(bench, client(40000).flags(Tcp.SYN));
      change(bench, "timeouts = { syn_sent = '1s' }");
      send(bench, client(40000).flags(Tcp.SYN));
      assertEquals(1, flows(bench));
      now += Duration.ofSeconds(2).toNanos();
      send(bench, client(40001).flags(Tcp.SYN));
      assertEquals(1, flows(bench), "the first has ended");
    }
  }

  @Test
  void howManyMayBeHalfOpenAndHowManyOneSourceMayBegin() throws Exception {
    try (Bench bench = new Bench("")) {
      change(bench, "max_half_open = 3");
      for (int port = 40000; port < 40010; port++) {
        send(bench, client(port).flags(Tcp.SYN));
      }
      assertEquals(3, flows(bench));
      change(bench, "max_new_per_source = 2");
      for (int port = 41000; port < 41010; port++) {
        send(bench, client(port).flags(Tcp.SYN));
      }
      assertEquals(8, bench.refused(Reason.SOURCE_LIMIT));
      change(bench, "max_new_per_source = 0");
      send(bench, client(42000).flags(Tcp.SYN));
      assertEquals(8, bench.refused(Reason.SOURCE_LIMIT));
    }
  }

  private static void change(Bench bench, String settings) throws Exception {
    bench.passthrough.change(Bench.config(settings).passthrough());
    bench.passthrough.pipeline().runOnce();
  }

  private static int flows(Bench bench) {
    return bench.registry.snapshot().pools().getFirst().servers().stream()
        .mapToInt(server -> server.flows().count())
        .sum();
  }

  private static FrameBuilder client(int port) {
    return FrameBuilder.tcp("192.0.2.1", port, "10.0.0.2", 80);
  }

  private List<byte[]> send(Bench bench, FrameBuilder frame) throws Exception {
    bench.source.give(frame.array(), now++);
    return bench.run();
  }
}
