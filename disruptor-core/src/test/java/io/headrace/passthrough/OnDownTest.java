package io.headrace.passthrough;

import static io.headrace.passthrough.Conversation.CLIENT;
import static io.headrace.passthrough.Conversation.CLIENT_PORT;
import static io.headrace.passthrough.Conversation.answer;
import static io.headrace.passthrough.Conversation.client;
import static io.headrace.passthrough.Conversation.data;
import static io.headrace.passthrough.Conversation.dotted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Tcp;
import io.headrace.registry.AdminState;
import io.headrace.registry.Server;
import org.junit.jupiter.api.Test;

/** What becomes of the flows of a server that goes down. */
class OnDownTest {
  private static final int FRAMES = 2;

  @Test
  void theyStayUnlessTheFileSaysOtherwise() throws Exception {
    try (Bench bench = bench("keep")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.establish();
      takeDown(bench, syn.destinationAddress());
      assertEquals(syn.destinationAddress(), talk.send(data()).destinationAddress());
    }
  }

  @Test
  void theirClientsAreResetAtTheirNextFrame() throws Exception {
    try (Bench bench = bench("reset")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.establish();
      takeDown(bench, syn.destinationAddress());
      for (int i = 1; i <= FRAMES; i++) {
        Headers reset = talk.send(data());
        assertEquals(FrameBuilder.address(CLIENT), reset.destinationAddress());
        assertEquals(CLIENT_PORT, reset.destinationPort());
        assertTrue((reset.tcpFlags() & Tcp.RST) != 0);
      }
      assertEquals(FRAMES, bench.refused(Reason.SERVER_DOWN_RESET));
      assertEquals(0, flows(bench), "the flow has ended");
    }
  }

  @Test
  void theyMoveToAnotherServerAndStayThere() throws Exception {
    try (Bench bench = bench("move")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.establish();
      takeDown(bench, syn.destinationAddress());
      Headers moved = talk.send(data());
      assertNotEquals(syn.destinationAddress(), moved.destinationAddress());
      assertEquals(moved.destinationAddress(), talk.send(data()).destinationAddress());
      assertEquals(1, flows(bench));
    }
  }

  @Test
  void aServerThatDrainsKeepsItsFlowsAndOneInMaintenanceDoesNot() throws Exception {
    try (Bench bench = bench("reset")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.establish();
      Server server = serverAt(bench, syn.destinationAddress());
      bench.registry.admin("pool", server.name(), AdminState.DRAIN, "as the test wants");
      bench.resolve();
      assertEquals(syn.destinationAddress(), talk.send(data()).destinationAddress());
      bench.registry.admin("pool", server.name(), AdminState.MAINTENANCE, "as the test wants");
      bench.resolve();
      assertTrue((talk.send(data()).tcpFlags() & Tcp.RST) != 0);
    }
  }

  @Test
  void refusalsInARowAreCountedUntilAnAnswerComes() throws Exception {
    try (Bench bench = bench("keep")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.send(client().flags(Tcp.SYN));
      Server server = serverAt(bench, syn.destinationAddress());
      talk.send(answer(syn).flags(Tcp.RST | Tcp.ACK));
      assertFalse(server.flows().takeFailures(2));
      assertTrue(server.flows().takeFailures(1));
      Headers again = talk.send(client().flags(Tcp.SYN));
      talk.send(answer(again).flags(Tcp.RST | Tcp.ACK));
      Headers third = talk.send(client().flags(Tcp.SYN));
      talk.send(answer(third).flags(Tcp.SYN | Tcp.ACK));
      assertFalse(server.flows().takeFailures(1));
    }
  }

  private static Bench bench(String onDown) throws Exception {
    return new Bench("[backends.pool]\non_down = '" + onDown + "'\nhealth_check = { fall = 1 }\n");
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
}
