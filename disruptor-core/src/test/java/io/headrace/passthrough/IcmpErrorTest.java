package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Icmp;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpErrorTest {
  private static final String CLIENT = "192.0.2.1";
  private static final String FRONTEND = "10.0.0.2";
  private static final String ROUTER = "198.51.100.7";
  private static final int UNREACHABLE = Icmp.UNREACHABLE;
  private static final int FRAGMENTATION_NEEDED = 4;
  private static final int PORT_UNREACHABLE = 3;

  private Bench bench;
  private long now = 1_000_000_000L;

  @BeforeEach
  void open() throws Exception {
    bench = new Bench("");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  /** What is quoted: all of the packet, an odd part, what RFC 792 asks for. */
  @ParameterizedTest
  @ValueSource(ints = {540, 61, 28})
  void anErrorAboutAnAnswerReachesTheServerThatSentIt(int quoted) throws Exception {
    Headers syn = headers(through(toFrontend(Tcp.SYN)));
    through(answer(syn, Tcp.SYN | Tcp.ACK, 64, 0));
    byte[] seenByClient = through(answer(syn, Tcp.ACK, 64, 500));

    byte[] error =
        through(
            FrameBuilder.icmpError(
                ROUTER,
                FRONTEND,
                UNREACHABLE,
                FRAGMENTATION_NEEDED,
                1400,
                new UnsafeBuffer(seenByClient),
                quoted));

    Headers headers = headers(error);
    assertEquals(syn.destinationAddress(), headers.destinationAddress());
    assertEquals(syn.sourceAddress(), headers.sourceAddress());
    assertEquals(1400, new UnsafeBuffer(error).getInt(38, ByteOrder.BIG_ENDIAN));
    assertQuotes(answer(syn, Tcp.ACK, 63, 500).array(), error, quoted);
    assertEquals(Bench.BALANCER_MAC, Ethernet.getMac(new UnsafeBuffer(error), Ethernet.SOURCE));
  }

  @ParameterizedTest
  @ValueSource(ints = {528, 28})
  void anErrorAboutARequestReachesTheClientThatSentIt(int quoted) throws Exception {
    byte[] seenByServer = through(request(64));
    Headers request = headers(seenByServer);

    byte[] error =
        through(
            FrameBuilder.icmpError(
                dotted(request.destinationAddress()),
                FRONTEND,
                UNREACHABLE,
                PORT_UNREACHABLE,
                0,
                new UnsafeBuffer(seenByServer),
                quoted));

    Headers headers = headers(error);
    assertEquals(CLIENT, dotted(headers.destinationAddress()));
    assertEquals(FRONTEND, dotted(headers.sourceAddress()));
    assertQuotes(request(63).array(), error, quoted);
    assertEquals(
        FrameBuilder.SOURCE_MAC, Ethernet.getMac(new UnsafeBuffer(error), Ethernet.DESTINATION));
  }

  /** The sink of this bench does not know how its source had wanted a super-frame cut. */
  @Test
  void whatFollowsIsCutIntoWhatThePathTakes() throws Exception {
    Headers syn = headers(through(toFrontend(Tcp.SYN)));
    through(answer(syn, Tcp.SYN | Tcp.ACK, 64, 0));
    byte[] seenByClient = through(answer(syn, Tcp.ACK, 64, 500));
    through(
        FrameBuilder.icmpError(
            ROUTER, FRONTEND, UNREACHABLE, 4, 552, new UnsafeBuffer(seenByClient), 40));
    through(
        FrameBuilder.icmpError(
            ROUTER, FRONTEND, UNREACHABLE, 4, 68, new UnsafeBuffer(seenByClient), 40));

    through(answer(syn, Tcp.ACK, 64, 5000));
    assertEquals(552, bench.sink.packetLimits().getLast());
  }

  @Test
  void aWrongChecksumIsNotMadeRight() throws Exception {
    byte[] seenByServer = through(request(64));
    UnsafeBuffer error =
        FrameBuilder.icmpError(
                dotted(headers(seenByServer).destinationAddress()),
                FRONTEND,
                UNREACHABLE,
                PORT_UNREACHABLE,
                0,
                new UnsafeBuffer(seenByServer),
                28)
            .buffer();
    error.putByte(37, (byte) (error.getByte(37) + 1));
    bench.source.give(FrameBuilder.frame(error), now++);
    UnsafeBuffer forwarded = new UnsafeBuffer(bench.run().getFirst());
    assertTrue(Checksums.sum(forwarded, 34, 36) != 0xFFFF);
  }

  @Test
  void anErrorAboutNoFlowIsLeftToTheKernelAndOpensNone() throws Exception {
    UnsafeBuffer answer = FrameBuilder.tcp(FRONTEND, 80, CLIENT, 40_001).buffer();
    UnsafeBuffer request = FrameBuilder.udp(FRONTEND, 10_007, "10.0.0.11", 8080).buffer();
    UnsafeBuffer own = FrameBuilder.tcp(FRONTEND, 22, CLIENT, 40_001).buffer();
    for (UnsafeBuffer quoted : List.of(answer, request, own)) {
      give(FrameBuilder.icmpError(ROUTER, FRONTEND, UNREACHABLE, 1, 0, quoted, 28));
    }
    assertEquals(List.of(), bench.run());
    assertEquals(3, bench.refused(Reason.ICMP));
  }

  @Test
  void anErrorThatHasTravelledFarEnoughEndsHere() throws Exception {
    byte[] seenByServer = through(request(64));
    String server = dotted(headers(seenByServer).destinationAddress());
    give(
        FrameBuilder.icmpError(
                server, FRONTEND, UNREACHABLE, 3, 0, new UnsafeBuffer(seenByServer), 28)
            .timeToLive(1));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.TTL_EXPIRED));
  }

  private static void assertQuotes(byte[] sent, byte[] error, int length) {
    UnsafeBuffer buffer = new UnsafeBuffer(error);
    Headers headers = headers(error);
    assertTrue(Checksums.ipv4Valid(buffer, headers.networkOffset()));
    assertEquals(
        0xFFFF,
        Checksums.sum(buffer, headers.transportOffset(), headers.transportLength()),
        "the checksum of ICMP");
    int from = headers.transportOffset() + Icmp.LENGTH;
    assertArrayEquals(
        Arrays.copyOfRange(sent, Ethernet.LENGTH, Ethernet.LENGTH + length),
        Arrays.copyOfRange(error, from, from + length));
  }

  private static FrameBuilder toFrontend(int flags) {
    return FrameBuilder.tcp(CLIENT, 40_000, FRONTEND, 80).flags(flags);
  }

  private static FrameBuilder request(int timeToLive) {
    return FrameBuilder.udp(CLIENT, 40_000, FRONTEND, 53)
        .timeToLive(timeToLive)
        .payload(FrameBuilder.bytes(500));
  }

  private static FrameBuilder answer(Headers request, int flags, int timeToLive, int bytes) {
    return FrameBuilder.tcp(
            dotted(request.destinationAddress()),
            request.destinationPort(),
            dotted(request.sourceAddress()),
            request.sourcePort())
        .flags(flags)
        .timeToLive(timeToLive)
        .payload(FrameBuilder.bytes(bytes));
  }

  private byte[] through(FrameBuilder frame) throws Exception {
    give(frame);
    return bench.run().getFirst();
  }

  private void give(FrameBuilder frame) {
    bench.source.give(frame.frame(), now++);
  }

  private static Headers headers(byte[] frame) {
    Headers headers = new Headers();
    Parse parse = headers.parse(new UnsafeBuffer(frame));
    assertTrue(parse == Parse.FLOW || parse == Parse.ICMP, parse::name);
    assertEquals(Ipv4.LENGTH, headers.transportOffset() - headers.networkOffset());
    return headers;
  }

  private static String dotted(int address) {
    return "%d.%d.%d.%d"
        .formatted(address >>> 24, address >>> 16 & 255, address >>> 8 & 255, address & 255);
  }
}
