package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Of one client with whichever server it gets, frame by frame. */
final class Conversation {
  static final String CLIENT = "192.0.2.1";
  static final int CLIENT_PORT = 40000;

  private final Bench bench;
  private long now = 1_000_000_000L;

  Conversation(Bench bench) {
    this.bench = bench;
  }

  /** Opens the connection, and returns the SYN as the server gets it. */
  Headers establish() throws Exception {
    Headers syn = send(client().flags(Tcp.SYN));
    send(answer(syn).flags(Tcp.SYN | Tcp.ACK));
    send(client().flags(Tcp.ACK));
    return syn;
  }

  static FrameBuilder client() {
    return FrameBuilder.tcp(CLIENT, CLIENT_PORT, "10.0.0.2", 80);
  }

  static FrameBuilder data() {
    return client().flags(Tcp.ACK).payload(new byte[] {1, 2, 3});
  }

  static FrameBuilder answer(Headers syn) {
    return FrameBuilder.tcp(
        dotted(syn.destinationAddress()), 8080, dotted(syn.sourceAddress()), syn.sourcePort());
  }

  /** Sends a frame for which one comes out, and returns that. */
  Headers send(FrameBuilder frame) throws Exception {
    List<byte[]> out = give(frame);
    assertEquals(1, out.size());
    Headers headers = new Headers();
    assertEquals(Parse.FLOW, headers.parse(new UnsafeBuffer(out.getFirst())));
    return headers;
  }

  /** Sends a frame, and returns those that come out. */
  List<byte[]> give(FrameBuilder frame) throws Exception {
    bench.source.give(frame.array(), now++);
    return bench.run();
  }

  static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
  }
}
