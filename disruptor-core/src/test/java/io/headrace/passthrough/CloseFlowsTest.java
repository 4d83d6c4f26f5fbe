package io.headrace.passthrough;

import static io.headrace.passthrough.Conversation.CLIENT;
import static io.headrace.passthrough.Conversation.answer;
import static io.headrace.passthrough.Conversation.client;
import static io.headrace.passthrough.Conversation.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of flows that an operator closes. */
class CloseFlowsTest {
  @Test
  void bothEndsAreResetAtTheirNextFrame() throws Exception {
    try (Bench bench = new Bench("workers = 2\n")) {
      Conversation talk = new Conversation(bench);
      Headers syn = talk.establish();
      assertEquals(1, close(bench));
      assertEquals(List.of(FlowState.RESET), states(bench));

      Headers toClient = talk.send(data());
      assertEquals(FrameBuilder.address(CLIENT), toClient.destinationAddress());
      assertTrue((toClient.tcpFlags() & Tcp.RST) != 0);
      Headers toServer = talk.send(answer(syn).flags(Tcp.ACK));
      assertEquals(syn.destinationAddress(), toServer.destinationAddress());
      assertEquals(syn.sourcePort(), toServer.sourcePort());
      assertTrue((toServer.tcpFlags() & Tcp.RST) != 0);
      // Both have spoken, which brings no flow back that an operator has closed.
      assertTrue((talk.send(data()).tcpFlags() & Tcp.RST) != 0);
      assertEquals(3, bench.refused(Reason.CLOSED_RESET));
    }
  }

  @Test
  void theSameClientBeginsAnotherAtOnce() throws Exception {
    try (Bench bench = new Bench("")) {
      Conversation talk = new Conversation(bench);
      talk.establish();
      close(bench);
      Headers again = talk.send(client().flags(Tcp.SYN));
      assertEquals(0, again.tcpFlags() & Tcp.RST);
      assertEquals(List.of(FlowState.SYN_SENT), states(bench));
    }
  }

  @Test
  void aResetIsNotAnsweredAndWhatIsOverIsNotClosed() throws Exception {
    try (Bench bench = new Bench("")) {
      Conversation talk = new Conversation(bench);
      talk.establish();
      close(bench);
      assertEquals(List.of(), talk.give(client().flags(Tcp.RST)));
      assertEquals(0, close(bench));
    }
  }

  @Test
  void aClientOverUdpBeginsAnew() throws Exception {
    try (Bench bench = new Bench("")) {
      Conversation talk = new Conversation(bench);
      talk.send(FrameBuilder.udp(CLIENT, 40000, "10.0.0.2", 53));
      assertEquals(1, close(bench));
      assertEquals(List.of(), states(bench));
      talk.send(FrameBuilder.udp(CLIENT, 40000, "10.0.0.2", 53));
      assertEquals(List.of(FlowState.UDP_UNREPLIED), states(bench));
    }
  }

  @Test
  void manyAreClosedOverAllWorkers() throws Exception {
    try (Bench bench = new Bench("workers = 3\n")) {
      Conversation talk = new Conversation(bench);
      for (int port = 1024; port < 3024; port++) {
        talk.send(FrameBuilder.tcp(CLIENT, port, "10.0.0.2", 80).flags(Tcp.SYN));
        talk.send(FrameBuilder.tcp("2001:db8:1::1", port, "2001:db8::2", 80).flags(Tcp.SYN));
      }
      assertEquals(4000, close(bench));
    }
  }

  private static List<FlowView> flows(Bench bench) {
    List<FlowView> flows = new ArrayList<>();
    for (FlowReader reader : bench.passthrough.flowReaders()) {
      for (int flow = 0; flow < reader.end(); flow++) {
        FlowView view = new FlowView();
        if (reader.read(flow, view)) {
          flows.add(view);
        }
      }
    }
    return flows;
  }

  private static List<FlowState> states(Bench bench) {
    return flows(bench).stream().map(FlowView::state).toList();
  }

  /** Closes all, while the workers go on. */
  private static long close(Bench bench) throws Exception {
    CompletableFuture<Long> closed = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                FlowCloser closer = bench.passthrough.flowCloser();
                for (FlowView flow : flows(bench)) {
                  closer.close(flow);
                }
                closed.complete(closer.finish());
              } catch (Exception e) {
                closed.completeExceptionally(e);
              }
            });
    while (!closed.isDone()) {
      bench.passthrough.pipeline().runOnce();
    }
    return closed.get();
  }
}
