package io.headrace.passthrough;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Parse;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Tcp;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class Ipv6PassthroughTest {
  private static final int EXTENSIONS = 24;

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

  @Test
  void aConnectionGoesBothWaysThroughOneServerAndOnePort() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN).timeToLive(64));
    assertEquals("2001:db8:0:0:0:0:0:2", syn.headers.source().toString());
    assertTrue(
        Set.of("2001:db8:0:0:0:0:0:11", "2001:db8:0:0:0:0:0:12").contains(syn.destination()));
    assertEquals(8080, syn.headers.destinationPort());
    assertTrue(syn.headers.sourcePort() >= 10000 && syn.headers.sourcePort() < 20000);
    assertEquals(63, syn.headers.timeToLive());
    assertEquals(Bench.BALANCER_MAC, Ethernet.getMac(syn.buffer(), Ethernet.SOURCE));

    Seen answer = through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    assertEquals("2001:db8:0:0:0:0:0:2", answer.headers.source().toString());
    assertEquals(80, answer.headers.sourcePort());
    assertEquals("2001:db8:1:0:0:0:0:1", answer.destination());
    assertEquals(40000, answer.headers.destinationPort());
    assertEquals(FrameBuilder.SOURCE_MAC, Ethernet.getMac(answer.buffer(), Ethernet.DESTINATION));

    Seen data = through(toFrontend().payload(FrameBuilder.bytes(501)));
    assertEquals(syn.destination(), data.destination());
    assertEquals(syn.headers.sourcePort(), data.headers.sourcePort());
  }

  @Test
  void extensionHeadersAndPayloadAreNotTouched() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    FrameBuilder frame =
        toFrontend()
            .extension(Ipv6.HOP_BY_HOP, 0, 5, 2, 0, 0, 1, 0)
            .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
            .extension(Ipv6.FRAGMENT, 0, 0, 0, 1, 2, 3, 4)
            .payload(FrameBuilder.bytes(77));
    byte[] before = frame.array();

    Seen data = through(frame);

    int from = Ethernet.LENGTH + Ipv6.LENGTH;
    assertArrayEquals(
        Arrays.copyOfRange(before, from, from + EXTENSIONS),
        Arrays.copyOfRange(data.bytes, from, from + EXTENSIONS));
    assertArrayEquals(
        FrameBuilder.bytes(77),
        Arrays.copyOfRange(data.bytes, data.bytes.length - 77, data.bytes.length));
  }

  @Test
  void udpIsForwardedBothWays() throws Exception {
    Seen question =
        through(FrameBuilder.udp("2001:db8:1::1", 5353, "2001:db8::2", 53).payload(new byte[33]));
    Seen answer =
        through(
            FrameBuilder.udp(
                    question.destination(), 8080, "2001:db8::2", question.headers.sourcePort())
                .payload(new byte[77]));
    assertEquals(53, answer.headers.sourcePort());
    assertEquals(5353, answer.headers.destinationPort());
    assertEquals("2001:db8:1:0:0:0:0:1", answer.destination());
  }

  @Test
  void aPartialChecksumStaysPartialAndAWrongOneWrong() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    bench.source.give(
        toFrontend().payload(FrameBuilder.bytes(60_000)).partialChecksum().frame(), now++);
    Seen data = new Seen(bench.run().getFirst());
    assertFalse(data.checksumIsRight());
    PartialChecksum.complete(data.buffer(), data.headers.transportOffset(), Tcp.CHECKSUM);
    assertTrue(data.checksumIsRight());

    give(toFrontend().payload(new byte[3]).checksumError(0x0400));
    assertFalse(new Seen(bench.run().getFirst()).checksumIsRight());
  }

  @Test
  void aSuperFrameIsToBeCutIntoWhatBothEndsTake() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN).tcpOptions(segmentSize(1340)));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK).tcpOptions(segmentSize(1440)));
    through(toFrontend().payload(new byte[1340]));
    through(toFrontend().payload(new byte[1341]));
    assertEquals(List.of(65535, 65535, 65535, 1400), bench.sink.packetLimits());
  }

  @Test
  void whatHasNoFlowIsAnsweredWithARst() throws Exception {
    Seen answer =
        through(
            toFrontend()
                .vlans(12)
                .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
                .flags(Tcp.FIN)
                .payload(new byte[100]));
    assertEquals(Tcp.RST | Tcp.ACK, answer.headers.tcpFlags());
    assertEquals("2001:db8:0:0:0:0:0:2", answer.headers.source().toString());
    assertEquals("2001:db8:1:0:0:0:0:1", answer.destination());
    assertEquals(14 + 4 + 40 + 20, answer.bytes.length);
    Tcp tcp = new Tcp();
    tcp.wrap(answer.buffer(), answer.headers.transportOffset());
    assertEquals(1000 + 100 + 1, tcp.acknowledgment());
    assertEquals(1, bench.refused(Reason.UNKNOWN_RESET));
  }

  @Test
  void framesThatAreNotOursAreLeftToTheKernel() throws Exception {
    give(FrameBuilder.tcp("2001:db8:1::1", 40000, "2001:db8::2", 22).flags(Tcp.SYN));
    give(FrameBuilder.tcp("2001:db8:1::1", 40000, "2001:db8::3", 80).flags(Tcp.SYN));
    give(FrameBuilder.udp("2001:db8:1::1", 40000, "2001:db8:0:1::2", 53));
    give(toFrontend().extension(Ipv6.FRAGMENT, 0, 0, 9, 0, 0, 0, 1));
    assertEquals(List.of(), bench.run());
    assertEquals(3, bench.refused(Reason.NO_SERVICE));
    assertEquals(1, bench.refused(Reason.FRAGMENT));
  }

  @Test
  void aClientIsToldThatATimeToLiveEndsHere() throws Exception {
    give(toFrontend().flags(Tcp.SYN).timeToLive(1));
    UnsafeBuffer answer = new UnsafeBuffer(bench.run().getFirst());
    Headers headers = new Headers();
    assertEquals(Parse.ICMP, headers.parse(answer));
    assertEquals(IpAddress.parse("2001:db8::2"), headers.source());
    assertEquals(IpAddress.parse("2001:db8:1::1"), headers.destination());
    assertEquals(3 << 8, answer.getShort(headers.transportOffset(), BIG_ENDIAN));
    assertTrue(Checksums.transportValid(answer, headers));
    assertEquals(1, bench.refused(Reason.TTL_EXPIRED_ANSWERED));
  }

  @Test
  void anErrorAboutAnAnswerReachesTheServerThatSentIt() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    Seen answer = through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    byte[] sent = answerTo(syn).flags(Tcp.SYN | Tcp.ACK).timeToLive(63).array();
    give(
        FrameBuilder.icmpError(
            "2001:db8:9::1", "2001:db8::2", 2, 0, 1300, answer.buffer(), Ipv6.LENGTH + 20));
    byte[] error = bench.run().getFirst();

    Headers headers = new Headers();
    assertEquals(Parse.ICMP, headers.parse(new UnsafeBuffer(error)));
    assertEquals(syn.destination(), headers.destination().toString());
    assertEquals(syn.headers.source(), headers.source());
    assertArrayEquals(
        Arrays.copyOfRange(sent, 14, 14 + 60), Arrays.copyOfRange(error, 62, 62 + 60));
    int length = headers.transportLength();
    assertEquals(
        0xFFFF,
        Checksums.add(
            Checksums.pseudoHeader(headers, length),
            Checksums.sum(new UnsafeBuffer(error), headers.transportOffset(), length)));
  }

  @Test
  void aFragmentGoesTheWayOfTheFirst() throws Exception {
    FrameBuilder whole =
        FrameBuilder.udp("2001:db8:1::1", 40000, "2001:db8::2", 53).payload(new byte[1200]);
    give(whole.extension(Ipv6.FRAGMENT, 0, 0, 1, 0, 0, 0, 7));
    give(
        FrameBuilder.udp("2001:db8:1::1", 1, "2001:db8::2", 2)
            .payload(new byte[100])
            .extension(Ipv6.FRAGMENT, 0, 1208 >>> 8, 1208 & 0xFF, 0, 0, 0, 7));
    List<byte[]> forwarded = bench.run();
    assertEquals(2, forwarded.size());
    assertArrayEquals(
        Arrays.copyOfRange(forwarded.getFirst(), 22, 54),
        Arrays.copyOfRange(forwarded.getLast(), 22, 54),
        "addresses");
    byte[] data = forwarded.getLast();
    assertEquals(2, data[14 + Ipv6.LENGTH + 8 + 3], "what it carries has no ports");
  }

  @Test
  void clientsThatDifferInOneBitAreDifferentFlows() throws Exception {
    IpAddress first = IpAddress.parse("2001:db8:1::1");
    Set<Integer> ports = new HashSet<>();
    for (int bit = 0; bit < 128; bit++) {
      long high = bit < 64 ? 0 : 1L << bit - 64;
      long low = bit < 64 ? 1L << bit : 0;
      String client = new IpAddress(first.high() ^ high, first.low() ^ low).toString();
      Seen syn = through(FrameBuilder.tcp(client, 7, "2001:db8::2", 80).flags(Tcp.SYN));
      Seen answer = through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
      assertEquals(client, answer.destination());
      ports.add(syn.headers.sourcePort());
    }
    assertTrue(ports.size() > 64, "NAT ports: " + ports);
  }

  @Test
  void connectionsOfBothFamiliesAreCounted() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    through(FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80).flags(Tcp.SYN));
    assertEquals(
        2,
        bench.table().frontends().stream()
            .mapToLong(each -> each.traffic().getFirst().currentConnections())
            .sum());
  }

  private static byte[] segmentSize(int bytes) {
    return new byte[] {2, 4, (byte) (bytes >>> 8), (byte) bytes};
  }

  private static FrameBuilder toFrontend() {
    return FrameBuilder.tcp("2001:db8:1::1", 40000, "2001:db8::2", 80);
  }

  private static FrameBuilder answerTo(Seen frame) {
    return FrameBuilder.tcp(
        frame.destination(),
        frame.headers.destinationPort(),
        frame.headers.source().toString(),
        frame.headers.sourcePort());
  }

  private void give(FrameBuilder frame) {
    bench.source.give(frame.array(), now++);
  }

  /** What comes out, and with the right checksum. */
  private Seen through(FrameBuilder frame) throws Exception {
    give(frame);
    List<byte[]> out = bench.run();
    assertEquals(1, out.size(), () -> "forwarded; refused: " + bench.counts().refused());
    Seen seen = new Seen(out.getFirst());
    assertTrue(seen.checksumIsRight(), "checksum");
    return seen;
  }

  /** A frame that came out. */
  private static final class Seen {
    final byte[] bytes;
    final Headers headers = new Headers();

    Seen(byte[] bytes) {
      this.bytes = bytes;
      assertEquals(Parse.FLOW, headers.parse(buffer()));
    }

    UnsafeBuffer buffer() {
      return new UnsafeBuffer(bytes);
    }

    String destination() {
      return headers.destination().toString();
    }

    boolean checksumIsRight() {
      return Checksums.transportValid(buffer(), headers);
    }
  }
}
