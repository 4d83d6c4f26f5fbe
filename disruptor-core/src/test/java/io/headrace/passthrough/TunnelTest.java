package io.headrace.passthrough;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.forward.Reason;
import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import io.headrace.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Direct server return in tunnels: frontends 10.0.0.2:80 (ipip) and :81 (gue); MTU 1500. */
class TunnelTest {
  private static final int ETHERNET = 14;
  private static final int DON_T_FRAGMENT = 0x4000;

  private Bench bench;
  private long now = 1_000_000_000L;

  private static Config config() throws ConfigException {
    return ConfigReader.read(
        """
        [frontends.ipip]
        listen_addr = "10.0.0.2:80"
        dsr = "ipip"
        backend = "ipip"
        [frontends.gue]
        listen_addr = "10.0.0.2:81"
        dsr = "gue"
        backend = "gue"
        [frontends.dns]
        listen_addr = "10.0.0.2:80"
        protocol = "udp"
        dsr = "ipip"
        ipip_source = "192.0.2.77/32"
        backend = "ipip"
        [backends.ipip.servers.a]
        addr = "10.0.0.11:80"
        [backends.gue.servers.a]
        addr = "10.0.0.12:81"
        [passthrough]
        ring_size = 256
        """,
        Path.of("tunnel.toml"),
        Mode.DSR);
  }

  @BeforeEach
  void open() throws Exception {
    bench = new Bench(config(), FlowHash.random(), _ -> FlowStore.NONE);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void thePacketTravelsInAnotherAndLosesAHop() throws Exception {
    byte[] before = tcp(80).typeOfService(0xB9).fragment(DON_T_FRAGMENT).timeToLive(7).array();
    Tunnelled after = through(tcp(80).typeOfService(0xB9).fragment(DON_T_FRAGMENT).timeToLive(7));

    assertEquals(172 << 8 | 16, after.outer.source() >>> 16);
    assertEquals(FrameBuilder.address("10.0.0.11"), after.outer.destination());
    assertEquals(4, after.outer.protocol());
    assertEquals(64, after.outer.timeToLive());
    assertEquals(0xB9, after.outer.typeOfService(), "DSCP and ECN");
    assertEquals(DON_T_FRAGMENT, after.outer.fragment());
    assertTrue(Checksums.ipv4Valid(after.bytes, ETHERNET));
    assertEquals(6, after.headers.timeToLive());
    assertTrue(Checksums.ipv4Valid(after.inner, ETHERNET));
    // But for the time to live and the checksum over it.
    byte[] inner = after.innerBytes();
    System.arraycopy(inner, 22, before, 22, 1);
    System.arraycopy(inner, 24, before, 24, 2);
    System.arraycopy(inner, 0, before, 0, 12);
    assertArrayEquals(before, inner);
  }

  @Test
  void udpCarriesThePacketToGuesPort() throws Exception {
    Tunnelled after = through(tcp(81).payload(FrameBuilder.bytes(333)));

    assertEquals(Bench.NAT_ADDRESS.ipv4(), after.outer.source());
    assertEquals(FrameBuilder.address("10.0.0.12"), after.outer.destination());
    assertEquals(17, after.outer.protocol());
    int udp = ETHERNET + Ipv4.LENGTH;
    assertTrue((after.bytes.getShort(udp, BIG_ENDIAN) & 0xFFFF) >= 49152);
    assertEquals(6080, after.bytes.getShort(udp + 2, BIG_ENDIAN));
    assertEquals(8 + 40 + 333, after.bytes.getShort(udp + 4, BIG_ENDIAN));
    assertTrue(Checksums.ipv4Valid(after.bytes, ETHERNET));
    assertTrue(Checksums.transportValid(after.inner, after.headers));
  }

  @ParameterizedTest
  @CsvSource({"80,12,4", "81,34,2"})
  void flowsSpreadByTheOuterHeaderAndEachKeepsItsOwn(int frontend, int at, int length)
      throws Exception {
    Set<List<Byte>> seen = new HashSet<>();
    for (int port = 1; port <= 100; port++) {
      List<Byte> first = outer(frontend, port, at, length);
      assertEquals(first, outer(frontend, port, at, length));
      seen.add(first);
    }
    assertTrue(seen.size() > 90, "of 100 flows: " + seen.size());
  }

  private List<Byte> outer(int frontend, int port, int at, int length) throws Exception {
    give(FrameBuilder.tcp("192.0.2.1", port, "10.0.0.2", frontend));
    byte[] frame = bench.run().getFirst();
    int from = length == 4 ? ETHERNET + at : at;
    List<Byte> bytes = new ArrayList<>();
    for (byte each : Arrays.copyOfRange(frame, from, from + length)) {
      bytes.add(each);
    }
    return bytes;
  }

  @Test
  void anOperatorMayNameTheSource() throws Exception {
    Tunnelled after =
        through(FrameBuilder.udp("192.0.2.1", 53, "10.0.0.2", 80).payload(new byte[40]));
    assertEquals(FrameBuilder.address("192.0.2.77"), after.outer.source());
  }

  @ParameterizedTest
  @CsvSource({"80,20", "81,28"})
  void superFramesAreCutFirst(int frontend, int overhead) throws Exception {
    byte[] payload = FrameBuilder.bytes(60_000);
    for (int i = 0; i < 100; i++) {
      Frame frame = tcp(frontend).vlans(7).payload(payload).partialChecksum().frame();
      frame.gso(1, 1400);
      bench.source.give(frame, now++);
    }
    List<byte[]> pieces = bench.run();

    assertEquals(100 * 43, pieces.size());
    assertEquals(100, bench.counts().forwarded().get());
    ByteArrayOutputStream carried = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      Tunnelled each = new Tunnelled(piece, 4);
      assertTrue(each.outer.totalLength() <= 1440 + overhead);
      assertTrue(Checksums.ipv4Valid(each.bytes, ETHERNET + 4));
      assertTrue(Checksums.transportValid(each.inner, each.headers));
      carried.write(each.innerBytes(), each.headers.payloadOffset(), each.headers.payloadLength());
    }
    byte[] all = carried.toByteArray();
    assertEquals(100 * payload.length, all.length);
    for (int i = 0; i < 100; i++) {
      assertArrayEquals(
          payload, Arrays.copyOfRange(all, i * payload.length, (i + 1) * payload.length));
    }
  }

  @Test
  void aPartialChecksumIsCompletedAndPaddingStaysBehind() throws Exception {
    bench.source.give(tcp(80).payload(FrameBuilder.bytes(501)).partialChecksum().frame(), now++);
    Tunnelled after = new Tunnelled(bench.run().getFirst(), 0);
    assertTrue(Checksums.transportValid(after.inner, after.headers));

    give(Arrays.copyOf(tcp(80).array(), 60));
    assertEquals(ETHERNET + 20 + 40, bench.run().getFirst().length);
  }

  @ParameterizedTest
  @CsvSource({"80,1480", "81,1472"})
  void whatIsTooLongIsAnsweredWithTheLengthThatFits(int frontend, int mtu) throws Exception {
    byte[] fits = tcp(frontend).fragment(DON_T_FRAGMENT).payload(new byte[mtu - 40]).array();
    give(fits);
    assertEquals(ETHERNET + 1500, bench.run().getFirst().length);

    byte[] packet = tcp(frontend).fragment(DON_T_FRAGMENT).payload(new byte[mtu - 39]).array();
    give(packet);
    UnsafeBuffer answer = new UnsafeBuffer(bench.run().getFirst());
    Ipv4 ipv4 = new Ipv4();
    ipv4.wrap(answer, ETHERNET);
    assertEquals(FrameBuilder.address("10.0.0.2"), ipv4.source());
    assertEquals(FrameBuilder.address("192.0.2.1"), ipv4.destination());
    assertEquals(Ipv4.PROTOCOL_ICMP, ipv4.protocol());
    assertEquals(576, ipv4.totalLength());
    assertTrue(Checksums.ipv4Valid(answer, ETHERNET));
    assertEquals(0x0304, answer.getShort(34, BIG_ENDIAN));
    assertEquals(mtu, answer.getShort(40, BIG_ENDIAN));
    assertEquals(0xFFFF, Checksums.sum(answer, 34, 556));
    byte[] quoted = new byte[548];
    answer.getBytes(42, quoted);
    assertArrayEquals(Arrays.copyOfRange(packet, ETHERNET, ETHERNET + 548), quoted);
    assertEquals(1, bench.refused(Reason.TOO_BIG_ANSWERED));
  }

  /** A router between balancer and server says so, of the outer packet; RFC 1191, RFC 2003. */
  @ParameterizedTest
  @CsvSource({"80,1380", "81,1372"})
  void whatIsTooLongForARouterOnTheWayIsAnsweredForTenMinutes(int frontend, int room)
      throws Exception {
    byte[] packet = tcp(frontend).fragment(DON_T_FRAGMENT).payload(new byte[room - 39]).array();
    give(packet);
    UnsafeBuffer outer = new UnsafeBuffer(bench.run().getFirst());

    give(error(outer, 3, 4, 1400));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.OUTER_TOO_BIG));
    assertAnswered(packet, room);
    give(tcp(frontend).fragment(DON_T_FRAGMENT).payload(new byte[room - 40]).array());
    assertEquals(ETHERNET + 1400, bench.run().getFirst().length);
    // What routers may fragment goes on as before.
    give(tcp(frontend).fragment(0).payload(new byte[room - 39]));
    assertEquals(ETHERNET + 1401, bench.run().getFirst().length);

    now += TimeUnit.MINUTES.toNanos(9);
    assertAnswered(packet, room);
    now += TimeUnit.MINUTES.toNanos(1);
    give(packet);
    assertEquals(ETHERNET + 1401, bench.run().getFirst().length);
  }

  @Test
  void anErrorNeverMakesAWayLongerNorShorterThanAnyLinkIs() throws Exception {
    byte[] packet = tcp(80).fragment(DON_T_FRAGMENT).payload(new byte[1440]).array();
    give(packet);
    UnsafeBuffer outer = new UnsafeBuffer(bench.run().getFirst());

    give(error(outer, 3, 4, 1400));
    give(error(outer, 3, 4, 1450));
    assertAnswered(packet, 1380);
    // Of a router that does not say how long.
    give(error(outer, 3, 4, 0));
    assertAnswered(packet, 556);
    give(error(outer, 3, 4, 68));
    assertAnswered(packet, 552);
  }

  @Test
  void anErrorThatDoesNotFitWhatItQuotesIsNoNews() throws Exception {
    byte[] packet = tcp(80).fragment(DON_T_FRAGMENT).payload(new byte[1440]).array();
    give(packet);
    UnsafeBuffer outer = new UnsafeBuffer(bench.run().getFirst());

    give(error(outer, 3, 4, 1500));
    give(FrameBuilder.icmpError("198.51.100.1", "10.0.0.2", 3, 4, 1400, outer, 48));
    UnsafeBuffer toAnother = new UnsafeBuffer(outer.byteArray().clone());
    toAnother.putInt(ETHERNET + Ipv4.DESTINATION, FrameBuilder.address("10.0.0.99"), BIG_ENDIAN);
    give(error(toAnother, 3, 4, 1400));
    give(error(outer, 3, 1, 1400));
    give(error(outer, 11, 0, 1400));
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.OUTER_TOO_BIG));
    assertEquals(2, bench.refused(Reason.ICMP));
    assertEquals(2, bench.refused(Reason.OUTER_UNREACHED));

    give(packet);
    assertEquals(ETHERNET + 1500, bench.run().getFirst().length);
  }

  /** To the outer packet's source, with no more of the inner than its own header. */
  private static FrameBuilder error(UnsafeBuffer outer, int type, int code, int mtu) {
    Ipv4 header = new Ipv4();
    header.wrap(outer, ETHERNET);
    String sender = IpAddress.ofIpv4(header.source()).toString();
    return FrameBuilder.icmpError("198.51.100.1", sender, type, code, mtu, outer, 48);
  }

  private void assertAnswered(byte[] packet, int mtu) throws Exception {
    give(packet);
    UnsafeBuffer answer = new UnsafeBuffer(bench.run().getFirst());
    assertEquals(0x0304, answer.getShort(34, BIG_ENDIAN));
    assertEquals(mtu, answer.getShort(40, BIG_ENDIAN));
  }

  @Test
  void whatIsTooLongAndMayBeCutIsCutWhereThatIsAStream() throws Exception {
    byte[] payload = FrameBuilder.bytes(1460);
    give(tcp(80).fragment(0).payload(payload).array());
    List<byte[]> pieces = bench.run();
    assertEquals(2, pieces.size());
    assertEquals(ETHERNET + 1500, pieces.getFirst().length);
    assertTrue(
        Checksums.transportValid(
            new Tunnelled(pieces.getLast(), 0).inner, new Tunnelled(pieces.getLast(), 0).headers));

    give(
        FrameBuilder.udp("192.0.2.1", 53, "10.0.0.2", 80)
            .fragment(0)
            .payload(new byte[1470])
            .array());
    assertEquals(List.of(), bench.run());
    assertEquals(1, bench.refused(Reason.TOO_BIG));
  }

  @Test
  void aTimeToLiveThatEndsHereIsAnswered() throws Exception {
    give(tcp(80).timeToLive(1).array());
    assertEquals(1, bench.run().size());
    assertEquals(1, bench.refused(Reason.TTL_EXPIRED_ANSWERED));
  }

  private static FrameBuilder tcp(int frontend) {
    return FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", frontend).flags(Tcp.ACK);
  }

  private void give(FrameBuilder frame) {
    give(frame.array());
  }

  private void give(byte[] frame) {
    bench.source.give(frame, now++);
  }

  private Tunnelled through(FrameBuilder frame) throws Exception {
    give(frame);
    return new Tunnelled(bench.run().getFirst(), 0);
  }

  /** A frame taken apart: the outer header, and the frame without. */
  private static final class Tunnelled {
    private final UnsafeBuffer bytes;
    private final Ipv4 outer = new Ipv4();
    private final UnsafeBuffer inner;
    private final Headers headers = new Headers();

    Tunnelled(byte[] frame, int tags) {
      bytes = new UnsafeBuffer(frame);
      int network = ETHERNET + tags;
      outer.wrap(bytes, network);
      int length = outer.protocol() == Ipv4.PROTOCOL_UDP ? 28 : 20;
      assertEquals(frame.length - network, outer.totalLength());
      byte[] rest = new byte[frame.length - length];
      System.arraycopy(frame, 0, rest, 0, network);
      System.arraycopy(frame, network + length, rest, network, rest.length - network);
      inner = new UnsafeBuffer(rest);
      assertEquals(Parse.FLOW, headers.parse(inner));
    }

    byte[] innerBytes() {
      return inner.byteArray();
    }
  }
}
