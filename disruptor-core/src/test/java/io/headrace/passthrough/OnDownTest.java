package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import io.headrace.registry.AdminState;
import io.headrace.registry.Server;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What becomes of the flows of a server that goes down. */
class OnDownTest {
  private static final int FRAMES = 2;

  private long now = 1_000_000_000L;

  @Test
  void theyStayUnlessTheFileSaysOtherwise() throws Exception {
    try (Bench bench = bench("keep")) {
      Headers syn = establish(bench);
      takeDown(bench, syn.destinationAddress());
      assertEquals(syn.destinationAddress(), send(bench, data()).destinationAddress());
    }
  }

  @Test
  void theirClientsAreResetAtTheirNextFrame() throws Exception {
    try (Bench bench = bench("reset")) {
      Headers syn = establish(bench);
      takeDown(bench, syn.destinationAddress());
      for (int i = 1; i <= FRAMES; i++) {
        Headers reset = send(bench, data());
        assertEquals(FrameBuilder.address("192.0.2.1"), reset.destinationAddress());
        assertEquals(40000, reset.destinationPort());
        assertTrue((reset.tcpFlags() & Tcp.RST) != 0);
      }
      assertEquals(FRAMES, bench.refused(Reason.SERVER_DOWN_RESET));
      assertEquals(0, flows(bench), "the flow has ended");
    }
  }

  @Test
  void theyMoveToAnotherServerAndStayThere() throws Exception {
    try (Bench bench = bench("move")) {
      Headers syn = establish(bench);
      takeDown(bench, syn.destinationAddress());
      Headers moved = send(bench, data());
      assertNotEquals(syn.destinationAddress(), moved.destinationAddress());
      assertEquals(moved.destinationAddress(), send(bench, data()).destinationAddress());
      assertEquals(1, flows(bench));
    }
  }

  @Test
  void aServerThatDrainsKeepsItsFlowsAndOneInMaintenanceDoesNot() throws Exception {
    try (Bench bench = bench("reset")) {
      Headers syn = establish(bench);
      Server server = serverAt(bench, syn.destinationAddress());
      bench.registry.admin("pool", server.name(), AdminState.DRAIN, "as the test wants");
      bench.resolve();
      assertEquals(syn.destinationAddress(), send(bench, data()).destinationAddress());
      bench.registry.admin("pool", server.name(), AdminState.MAINTENANCE, "as the test wants");
      bench.resolve();
      assertTrue((send(bench, data()).tcpFlags() & Tcp.RST) != 0);
    }
  }

  @Test
  void refusalsInARowAreCountedUntilAnAnswerComes() throws Exception {
    try (Bench bench = bench("keep")) {
      Headers syn = send(bench, client().flags(Tcp.SYN));
      Server server = serverAt(bench, syn.destinationAddress());
      send(bench, answer(syn).flags(Tcp.RST | Tcp.ACK));
      assertFalse(server.flows().takeFailures(2));
      assertTrue(server.flows().takeFailures(1));
      Headers again = send(bench, client().flags(Tcp.SYN));
      send(bench, answer(again).flags(Tcp.RST | Tcp.ACK));
      Headers third = send(bench, client().flags(Tcp.SYN));
      send(bench, answer(third).flags(Tcp.SYN | Tcp.ACK));
      assertFalse(server.flows().takeFailures(1));
    }
  }

  private static Bench bench(String onDown) throws Exception {
    return new Bench("[backends.pool]\non_down = '" + onDown + "'\nhealth_check = { fall = 1 }\n");
  }

  private Headers establish(Bench bench) throws Exception {
    Headers syn = send(bench, client().flags(Tcp.SYN));
    send(bench, answer(syn).flags(Tcp.SYN | Tcp.ACK));
    send(bench, client().flags(Tcp.ACK));
    return syn;
  }

  private static FrameBuilder client() {
    return FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80);
  }

  private static FrameBuilder data() {
    return client().flags(Tcp.ACK).payload(new byte[] {1, 2, 3});
  }

  private static FrameBuilder answer(Headers syn) {
    return FrameBuilder.tcp(
        dotted(syn.destinationAddress()), 8080, dotted(syn.sourceAddress()), syn.sourcePort());
  }

  /** The one frame that comes out. */
  private Headers send(Bench bench, FrameBuilder frame) throws Exception {
    bench.source.give(frame.array(), now++);
    List<byte[]> out = bench.run();
    assertEquals(1, out.size());
    Headers headers = new Headers();
    assertEquals(Parse.FLOW, headers.parse(new UnsafeBuffer(out.getFirst())));
    return headers;
  }

  private static void takeDown(Bench bench, int address) {
    bench.registry.report(serverAt(bench, address), false, "as the test wants");
    bench.resolve();
  }

  private static Server serverAt(Bench bench, int address) {
    return bench.registry.snapshot().pools().getFirst().servers().stream()
        .filter(server -> server.address().getAddress().getHostAddress().equals(dotted(address)))
        .findFirst()
        .orElseThrow();
  }

  private static int flows(Bench bench) {
    return bench.registry.snapshot().pools().getFirst().servers().stream()
        .mapToInt(server -> server.flows().count())
        .sum();
  }

  private static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
  }
}
