package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowView;
import io.headrace.forward.Reason;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What becomes of flows that an operator closes. */
class CloseFlowsTest {
  private static final String CLIENT = "192.0.2.1";

  private long now = 1_000_000_000L;

  @Test
  void bothEndsAreResetAtTheirNextFrame() throws Exception {
    try (Bench bench = new Bench("workers = 2\n")) {
      Headers syn = establish(bench);
      assertEquals(1, close(bench));
      assertEquals(List.of(FlowState.RESET), states(bench));

      Headers toClient = send(bench, data());
      assertEquals(FrameBuilder.address(CLIENT), toClient.destinationAddress());
      assertTrue((toClient.tcpFlags() & Tcp.RST) != 0);
      Headers toServer = send(bench, answer(syn).flags(Tcp.ACK));
      assertEquals(syn.destinationAddress(), toServer.destinationAddress());
      assertEquals(syn.sourcePort(), toServer.sourcePort());
      assertTrue((toServer.tcpFlags() & Tcp.RST) != 0);
      // Both have spoken, which brings no flow back that an operator has closed.
      assertTrue((send(bench, data()).tcpFlags() & Tcp.RST) != 0);
      assertEquals(3, bench.refused(Reason.CLOSED_RESET));
    }
  }

  @Test
  void theSameClientBeginsAnotherAtOnce() throws Exception {
    try (Bench bench = new Bench("")) {
      establish(bench);
      close(bench);
      Headers again = send(bench, client().flags(Tcp.SYN));
      assertEquals(0, again.tcpFlags() & Tcp.RST);
      assertEquals(List.of(FlowState.SYN_SENT), states(bench));
    }
  }

  @Test
  void aResetIsNotAnsweredAndWhatIsOverIsNotClosed() throws Exception {
    try (Bench bench = new Bench("")) {
      establish(bench);
      close(bench);
      bench.source.give(client().flags(Tcp.RST).array(), now++);
      assertEquals(List.of(), bench.run());
      assertEquals(0, close(bench));
    }
  }

  @Test
  void aClientOverUdpBeginsAnew() throws Exception {
    try (Bench bench = new Bench("")) {
      send(bench, FrameBuilder.udp(CLIENT, 40000, "10.0.0.2", 53));
      assertEquals(1, close(bench));
      assertEquals(List.of(), states(bench));
      send(bench, FrameBuilder.udp(CLIENT, 40000, "10.0.0.2", 53));
      assertEquals(List.of(FlowState.UDP_UNREPLIED), states(bench));
    }
  }

  @Test
  void manyAreClosedOverAllWorkers() throws Exception {
    try (Bench bench = new Bench("workers = 3\n")) {
      for (int port = 1024; port < 3024; port++) {
        send(bench, FrameBuilder.tcp(CLIENT, port, "10.0.0.2", 80).flags(Tcp.SYN));
        send(bench, FrameBuilder.tcp("2001:db8:1::1", port, "2001:db8::2", 80).flags(Tcp.SYN));
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

  private Headers establish(Bench bench) throws Exception {
    Headers syn = send(bench, client().flags(Tcp.SYN));
    send(bench, answer(syn).flags(Tcp.SYN | Tcp.ACK));
    send(bench, client().flags(Tcp.ACK));
    return syn;
  }

  private static FrameBuilder client() {
    return FrameBuilder.tcp(CLIENT, 40000, "10.0.0.2", 80);
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

  private static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
  }
}
