package io.headrace.passthrough;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Tcp;
import io.headrace.registry.Server;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassthroughTest {
  private static final long CLIENT_MAC = FrameBuilder.SOURCE_MAC;
  private static final long SECOND = 1_000_000_000L;

  private Bench bench;
  private long now = SECOND;

  @BeforeEach
  void open() throws Exception {
    bench = new Bench("");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void aSynReachesAServerWithTheNatAddressAsItsSourceAndRightChecksums() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));

    assertEquals("10.0.0.2", dotted(syn.headers.sourceAddress()));
    assertTrue(
        List.of("10.0.0.11", "10.0.0.12").contains(dotted(syn.headers.destinationAddress())));
    assertEquals(8080, syn.headers.destinationPort());
    assertTrue(syn.headers.sourcePort() >= 10000 && syn.headers.sourcePort() < 20000);
    assertEquals(63, syn.headers.timeToLive());
    assertTrue(syn.checksumsAreRight());
    assertEquals(Bench.BALANCER_MAC, syn.sourceMac());
    assertNotEquals(CLIENT_MAC, syn.destinationMac());
  }

  @Test
  void theAnswerComesFromTheFrontendAndGoesToTheMacThatAsked() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));

    Seen answer = through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK).timeToLive(10));

    assertEquals("10.0.0.2", dotted(answer.headers.sourceAddress()));
    assertEquals(80, answer.headers.sourcePort());
    assertEquals("192.0.2.1", dotted(answer.headers.destinationAddress()));
    assertEquals(40000, answer.headers.destinationPort());
    assertEquals(9, answer.headers.timeToLive());
    assertTrue(answer.checksumsAreRight());
    assertEquals(CLIENT_MAC, answer.destinationMac());
    assertEquals(Bench.BALANCER_MAC, answer.sourceMac());
  }

  @Test
  void laterFramesOfAFlowGoToTheSameServerByTheSamePort() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));

    Seen data = through(toFrontend().payload("GET / HTTP/1.1\r\n\r\n".getBytes()));

    assertEquals(syn.headers.destinationAddress(), data.headers.destinationAddress());
    assertEquals(syn.headers.sourcePort(), data.headers.sourcePort());
    assertTrue(data.checksumsAreRight());
  }

  @Test
  void optionsAndPayloadAreNotTouched() throws Exception {
    byte[] options = {7, 7, 4, 0, 0, 0, 0, 1};
    byte[] payload = FrameBuilder.bytes(501);
    through(toFrontend().flags(Tcp.SYN));

    Seen data =
        through(
            toFrontend()
                .ipOptions(options)
                .tcpOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1)
                .payload(payload));

    assertArrayEquals(options, Arrays.copyOfRange(data.bytes, 34, 42), "IP options");
    assertArrayEquals(
        payload, Arrays.copyOfRange(data.bytes, data.bytes.length - 501, data.bytes.length));
    assertTrue(data.checksumsAreRight());
  }

  @Test
  void vlanTagsStay() throws Exception {
    Seen syn = through(toFrontend().vlans(12).flags(Tcp.SYN));
    assertEquals(
        0x8100, new UnsafeBuffer(syn.bytes).getShort(12, java.nio.ByteOrder.BIG_ENDIAN) & 0xFFFF);
    assertTrue(syn.checksumsAreRight());
  }

  @Test
  void aWrongChecksumIsNotMadeRight() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    Seen wrong = through(toFrontend().payload(new byte[] {1, 2, 3}).checksumError(0x0400));
    assertFalse(Checksums.transportValid(wrong.buffer(), wrong.headers));
  }

  @Test
  void aPartialChecksumStaysPartialAndIsRightOnceCompleted() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    bench.source.give(
        toFrontend().payload(FrameBuilder.bytes(60_000)).partialChecksum().frame(), now++);
    Seen data = new Seen(bench.run().getFirst());

    assertFalse(Checksums.transportValid(data.buffer(), data.headers));
    PartialChecksum.complete(data.buffer(), data.headers.transportOffset(), Tcp.CHECKSUM);
    assertTrue(data.checksumsAreRight());
  }

  @Test
  void aSuperFrameIsToBeCutIntoWhatBothEndsTake() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN).tcpOptions(segmentSize(1360)));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK).tcpOptions(segmentSize(1460)));
    through(toFrontend().payload(new byte[1360]));
    through(toFrontend().payload(new byte[1361]));
    through(answerTo(syn).payload(new byte[60_000]));

    assertEquals(List.of(65535, 65535, 65535, 1400, 1400), bench.sink.packetLimits());
  }

  @Test
  void endsThatAnnounceNothingTakeWhatEveryHostDoes() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK).tcpOptions(segmentSize(1460)));
    through(answerTo(syn).payload(new byte[1460]));

    assertEquals(576, bench.sink.packetLimits().getLast());
  }

  @Test
  void howTheKernelSaysThatASuperFrameIsToBeCutIsLeftAlone() throws Exception {
    through(toFrontend().flags(Tcp.SYN));
    Frame frame = toFrontend().payload(new byte[3000]).frame();
    frame.gso(1, 1500);
    bench.source.give(frame, now++);
    bench.run();

    assertEquals(65535, bench.sink.packetLimits().getLast());
  }

  @Test
  void udpIsForwardedBothWaysAndKeepsDoingWithoutAChecksum() throws Exception {
    Seen question =
        through(FrameBuilder.udp("192.0.2.1", 5353, "10.0.0.2", 53).payload(new byte[33]));
    assertTrue(question.checksumsAreRight());
    assertEquals(8080, question.headers.destinationPort());

    Seen answer =
        through(
            FrameBuilder.udp(
                    dotted(question.headers.destinationAddress()),
                    8080,
                    "10.0.0.2",
                    question.headers.sourcePort())
                .noChecksum()
                .payload(new byte[77]));
    assertEquals(53, answer.headers.sourcePort());
    assertEquals(5353, answer.headers.destinationPort());
    assertEquals(0, answer.buffer().getShort(answer.headers.transportOffset() + 6));
  }

  @Test
  void framesThatAreNotOursAreLeftToTheKernel() throws Exception {
    give(FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 22).flags(Tcp.SYN));
    give(FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.99", 80).flags(Tcp.SYN));
    give(FrameBuilder.udp("192.0.2.1", 40000, "10.0.0.2", 80));
    give(FrameBuilder.icmp("192.0.2.1", "10.0.0.2"));
    give(toFrontend().flags(Tcp.SYN).macs(CLIENT_MAC, 0x0200_0000_0099L));
    give(toFrontend().fragment(0x2001));

    assertEquals(List.of(), bench.run());
    assertEquals(3, bench.refused(Reason.NO_SERVICE));
    assertEquals(1, bench.refused(Reason.ICMP));
    assertEquals(1, bench.refused(Reason.NOT_FOR_US));
    assertEquals(1, bench.refused(Reason.FRAGMENT));
  }

  @Test
  void whatHasNoFlowAndOpensNoneIsAnsweredWithARst() throws Exception {
    Seen answer = through(toFrontend().vlans(12).ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0));

    assertEquals(Tcp.RST, answer.headers.tcpFlags());
    assertEquals(2000, answer.tcp().sequence(), "what the other end acknowledges");
    assertEquals(0, answer.tcp().acknowledgment());
    assertEquals("10.0.0.2", dotted(answer.headers.sourceAddress()));
    assertEquals(80, answer.headers.sourcePort());
    assertEquals("192.0.2.1", dotted(answer.headers.destinationAddress()));
    assertEquals(40000, answer.headers.destinationPort());
    assertEquals(CLIENT_MAC, answer.destinationMac());
    assertEquals(Bench.BALANCER_MAC, answer.sourceMac());
    assertEquals(14 + 4 + 40, answer.bytes.length);
    assertTrue(answer.checksumsAreRight());
    assertEquals(1, bench.refused(Reason.UNKNOWN_RESET));
    assertEquals(0, bench.counts().forwarded().get());
  }

  @Test
  void aRstWithoutAnAcknowledgmentToGoByAcknowledgesAll() throws Exception {
    Seen answer = through(toFrontend().flags(Tcp.FIN | Tcp.PSH).payload(new byte[100]));

    assertEquals(Tcp.RST | Tcp.ACK, answer.headers.tcpFlags());
    assertEquals(0, answer.tcp().sequence());
    assertEquals(1000 + 100 + 1, answer.tcp().acknowledgment());
    assertTrue(answer.checksumsAreRight());
  }

  @Test
  void theRstThatAnswersASuperFrameIsAPlainFrame() throws Exception {
    bench.source.give(
        toFrontend().payload(FrameBuilder.bytes(60_000)).partialChecksum().frame(), now++);
    Seen answer = new Seen(bench.run().getFirst());

    assertEquals(54, answer.bytes.length);
    assertTrue(answer.checksumsAreRight());
    assertFalse(bench.sink.partialChecksums().getLast());
  }

  @Test
  void noRstIsAnsweredNorWhatComesFromAServer() throws Exception {
    give(toFrontend().flags(Tcp.RST));
    give(toFrontend().flags(Tcp.RST | Tcp.ACK));
    give(FrameBuilder.tcp("10.0.0.11", 8080, "10.0.0.2", 12345).flags(Tcp.ACK));

    assertEquals(List.of(), bench.run());
    assertEquals(3, bench.refused(Reason.NO_FLOW));
  }

  @Test
  void whatHasNoFlowCanBeDropped() throws Exception {
    reopen("on_unknown = \"drop\"\n");
    give(toFrontend());
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_FLOW));
  }

  @Test
  void whatHasNoFlowCanGoToTheServerAndPortThatItHad() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    reopen("on_unknown = \"hash\"\n");

    give(toFrontend().flags(Tcp.RST));
    assertEquals(List.of(), bench.run());
    Seen data = through(toFrontend().payload(new byte[700]));
    assertEquals(576, bench.sink.packetLimits().getLast());
    assertEquals(syn.headers.destinationAddress(), data.headers.destinationAddress());
    assertEquals(syn.headers.sourcePort(), data.headers.sourcePort());
    through(answerTo(data));
    through(toFrontend());
    assertEquals(1, bench.table().frontends().getFirst().traffic().getFirst().currentConnections());
  }

  @ParameterizedTest
  @ValueSource(strings = {"drop", "reset", "hash"})
  void aFloodOfFramesWithoutAFlowMakesRoomForNoMoreThanItsShare(String onUnknown) throws Exception {
    reopen("connection_tracker_capacity = 100\non_unknown = \"" + onUnknown + "\"\n");
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    through(toFrontend());
    for (int i = 0; i < 1000; i++) {
      give(FrameBuilder.tcp("192.0.2." + (2 + i % 200), 1 + i, "10.0.0.2", 80));
    }
    bench.run();

    var frontend = bench.table().frontends().getFirst().traffic().getFirst();
    assertTrue(frontend.currentConnections() <= 51, () -> "" + frontend.currentConnections());
    assertEquals(syn.headers.sourcePort(), through(toFrontend()).headers.sourcePort());
  }

  @Test
  void anAddressThatBeginsTooManyConnectionsIsHeldBack() throws Exception {
    reopen("max_new_per_source = 2\n");
    for (int port = 1; port <= 5; port++) {
      give(FrameBuilder.tcp("192.0.2.1", port, "10.0.0.2", 80).flags(Tcp.SYN));
    }
    give(FrameBuilder.tcp("192.0.2.2", 1, "10.0.0.2", 80).flags(Tcp.SYN));
    assertEquals(3, bench.run().size());
    assertEquals(3, bench.refused(Reason.SOURCE_LIMIT));
  }

  @Test
  void aServerWithoutAFreePortIsCounted() throws Exception {
    for (int i = 0; i < 30_000; i++) {
      String client = "192.0." + (i >> 8) + "." + (i & 255);
      FrameBuilder syn = FrameBuilder.tcp(client, 1, "10.0.0.2", 80).flags(Tcp.SYN);
      give(syn);
      List<byte[]> out = bench.run();
      if (out.isEmpty()) {
        break;
      }
      give(answerTo(new Seen(out.getFirst())).flags(Tcp.SYN | Tcp.ACK));
      give(FrameBuilder.tcp(client, 1, "10.0.0.2", 80));
      bench.run();
    }
    assertEquals(1, bench.refused(Reason.NO_NAT_PORT));
    assertEquals(
        1,
        bench.table().targets().stream()
            .mapToLong(target -> target.traffic().getFirst().withoutPort())
            .sum());
  }

  @Test
  void aClientWhosePacketsTimeToLiveEndsHereIsToldSoWithinLimits() throws Exception {
    byte[] packet = toFrontend().flags(Tcp.SYN).timeToLive(1).array();
    bench.source.give(packet, now++);
    UnsafeBuffer answer = new UnsafeBuffer(bench.run().getFirst());
    Headers headers = new Headers();
    assertEquals(Parse.ICMP, headers.parse(answer));
    assertEquals("10.0.0.2", dotted(headers.sourceAddress()));
    assertEquals("192.0.2.1", dotted(headers.destinationAddress()));
    int icmp = headers.transportOffset();
    assertEquals(11 << 8, answer.getShort(icmp, BIG_ENDIAN));
    assertEquals(0xFFFF, Checksums.sum(answer, icmp, headers.transportLength()));
    byte[] quoted = new byte[headers.transportLength() - 8];
    answer.getBytes(icmp + 8, quoted);
    assertArrayEquals(Arrays.copyOfRange(packet, 14, 14 + quoted.length), quoted);
    assertEquals(40, quoted.length);

    for (int i = 0; i < 20; i++) {
      bench.source.give(packet, now++);
    }
    assertEquals(6 - 1, bench.run().size());
    assertEquals(15, bench.refused(Reason.TTL_EXPIRED));
    now += 1_000_000_000;
    bench.source.give(packet, now++);
    bench.source.give(packet, now++);
    assertEquals(1, bench.run().size());
    assertEquals(7, bench.refused(Reason.TTL_EXPIRED_ANSWERED));
  }

  @Test
  void withoutAServerThatIsUpNewFlowsAreDroppedAndOldOnesGoOn() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    for (Server server : bench.registry.snapshot().pools().getFirst().servers()) {
      bench.registry.report(server, false, "as the test wants");
    }
    bench.resolve();

    assertEquals(
        syn.headers.destinationAddress(), through(toFrontend()).headers.destinationAddress());
    give(FrameBuilder.tcp("192.0.2.7", 40000, "10.0.0.2", 80).flags(Tcp.SYN));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_SERVER));
  }

  @Test
  void aSynThatWasNeverAnsweredMovesToAnotherServerWhenItsOwnGoesDown() throws Exception {
    Seen first = through(toFrontend().flags(Tcp.SYN));
    takeDown(first.headers.destinationAddress());

    Seen again = through(toFrontend().flags(Tcp.SYN));

    assertNotEquals(first.headers.destinationAddress(), again.headers.destinationAddress());
  }

  @Test
  void aNewConnectionFromThePortOfAnOldOneGoesToAServerThatIsUp() throws Exception {
    Seen first = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(first).flags(Tcp.SYN | Tcp.ACK));
    through(toFrontend().flags(Tcp.ACK));
    takeDown(first.headers.destinationAddress());

    Seen old = through(toFrontend().flags(Tcp.ACK));
    Seen anew = through(toFrontend().flags(Tcp.SYN));

    assertEquals(first.headers.destinationAddress(), old.headers.destinationAddress());
    assertNotEquals(first.headers.destinationAddress(), anew.headers.destinationAddress());
  }

  private void takeDown(int address) {
    for (Server server : bench.registry.snapshot().pools().getFirst().servers()) {
      if (server.address().getAddress().getHostAddress().equals(dotted(address))) {
        bench.registry.report(server, false, "as the test wants");
      }
    }
    bench.resolve();
  }

  @Test
  void anInterfaceThatGetsAnotherMacGoesOnWithIt() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    bench.passthrough.tables().armMac(0, 0x0200_0000_0099L);
    bench.resolve();

    give(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    assertEquals(List.of(), bench.run());
    Seen answer =
        through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK).macs(CLIENT_MAC, 0x0200_0000_0099L));

    assertEquals(0x0200_0000_0099L, answer.sourceMac());
  }

  @Test
  void aServerWithoutANextHopIsCountedAndComesBack() throws Exception {
    bench.loseNextHops();
    give(toFrontend().flags(Tcp.SYN));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.NO_NEXT_HOP));

    bench.resolve();
    assertTrue(through(toFrontend().flags(Tcp.SYN)).checksumsAreRight());
  }

  @Test
  void aFullTableRefusesAndSaysSo() throws Exception {
    reopen("connection_tracker_capacity = 1\n");
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));
    through(toFrontend().flags(Tcp.ACK));

    give(FrameBuilder.tcp("192.0.2.7", 40000, "10.0.0.2", 80).flags(Tcp.SYN));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.TABLE_FULL));
  }

  @Test
  void connectionsAndBytesAreCountedForFrontendAndServer() throws Exception {
    Seen syn = through(toFrontend().flags(Tcp.SYN));
    Seen answer = through(answerTo(syn).flags(Tcp.SYN | Tcp.ACK));

    var frontend = bench.table().frontends().getFirst().traffic().getFirst();
    assertEquals(1, frontend.totalConnections());
    assertEquals(1, frontend.currentConnections());
    assertEquals(syn.bytes.length, frontend.bytesFromClients());
    assertEquals(answer.bytes.length, frontend.bytesFromServers());

    through(toFrontend().flags(Tcp.RST));
    assertEquals(0, frontend.currentConnections());
    assertEquals(
        1,
        bench.table().targets().stream()
            .mapToLong(target -> target.traffic().getFirst().totalConnections())
            .sum());
  }

  private void reopen(String settings) throws Exception {
    bench.close();
    bench = new Bench(settings);
  }

  private static byte[] segmentSize(int bytes) {
    return new byte[] {2, 4, (byte) (bytes >>> 8), (byte) bytes};
  }

  private static FrameBuilder toFrontend() {
    return FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80);
  }

  private static FrameBuilder answerTo(Seen frame) {
    return FrameBuilder.tcp(
            dotted(frame.headers.destinationAddress()),
            frame.headers.destinationPort(),
            dotted(frame.headers.sourceAddress()),
            frame.headers.sourcePort())
        .macs(frame.destinationMac(), Bench.BALANCER_MAC);
  }

  private void give(FrameBuilder frame) {
    bench.source.give(frame.array(), now++);
  }

  private Seen through(FrameBuilder frame) throws Exception {
    give(frame);
    List<byte[]> out = bench.run();
    assertEquals(1, out.size(), () -> "forwarded; refused: " + bench.counts().refused());
    return new Seen(out.getFirst());
  }

  private static String dotted(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255);
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

    boolean checksumsAreRight() {
      return Checksums.ipv4Valid(buffer(), headers.networkOffset())
          && Checksums.transportValid(buffer(), headers);
    }

    Tcp tcp() {
      Tcp tcp = new Tcp();
      tcp.wrap(buffer(), headers.transportOffset());
      return tcp;
    }

    long sourceMac() {
      return Ethernet.getMac(buffer(), Ethernet.SOURCE);
    }

    long destinationMac() {
      return Ethernet.getMac(buffer(), Ethernet.DESTINATION);
    }
  }
}
