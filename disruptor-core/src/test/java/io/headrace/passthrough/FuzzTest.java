package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FuzzTest {
  private static final int FRAMES = 1_000_000;
  private static final int BATCH = 10_000;

  /** Every way of direct return, beside passthrough. */
  private static final String DIRECT_RETURN =
      """
      [frontends]
      l2 = { listen_addr = "10.0.0.2:81", mode = "dsr", dsr = "l2", backend = "l2" }
      nat = { listen_addr = "10.0.0.2:82", mode = "dsr", backend = "nat" }
      ipip = { listen_addr = "10.0.0.2:83", mode = "dsr", dsr = "ipip", backend = "ipip" }
      l2_6 = { listen_addr = "[2001:db8::2]:81", mode = "dsr", dsr = "l2", backend = "l2_6" }
      nat_6 = { listen_addr = "[2001:db8::2]:82", mode = "dsr", backend = "nat_6" }
      ipip_6 = { listen_addr = "[2001:db8::2]:83", mode = "dsr", dsr = "ipip", backend = "ipip" }
      gue_6 = { listen_addr = "[2001:db8::2]:84", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue_6" }
      client_6 = { listen_addr = "[2001:db8::2]:85", mode = "passthrough", source = "client", backend = "client_6" }
      gue = { listen_addr = "10.0.0.2:84", protocol = "udp", mode = "dsr", dsr = "gue", backend = "gue" }
      [backends]
      l2.servers.a.addr = "10.0.0.21:81"
      nat.servers.a.addr = "10.0.0.22:8080"
      ipip.servers.a.addr = "10.0.0.23:83"
      gue.servers.a.addr = "10.0.0.24:84"
      l2_6.servers.a.addr = "[2001:db8::21]:81"
      nat_6.servers.a.addr = "[2001:db8::22]:8080"
      gue_6.servers.a.addr = "[2001:db8::24]:84"
      client_6.servers.a.addr = "[2001:db8::25]:8085"
      """;

  private final Random random = new Random(20261122);
  private final List<byte[]> seeds =
      List.of(
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80).flags(Tcp.SYN).array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80).payload(new byte[100]).array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80).ipOptions(new byte[40]).array(),
          FrameBuilder.tcp("192.0.2.2", 1, "10.0.0.2", 80).vlans(1, 2).flags(Tcp.SYN).array(),
          FrameBuilder.udp("192.0.2.3", 53, "10.0.0.2", 53).payload(new byte[30]).array(),
          FrameBuilder.tcp("10.0.0.11", 8080, "10.0.0.2", 12345).array(),
          FrameBuilder.udp("10.0.0.12", 8080, "10.0.0.2", 19999).noChecksum().array(),
          FrameBuilder.icmp("192.0.2.1", "10.0.0.2").array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 81).vlans(3).flags(Tcp.SYN).array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 82).payload(new byte[100]).array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 83).payload(new byte[1450]).array(),
          FrameBuilder.udp("192.0.2.1", 53, "10.0.0.2", 84).payload(new byte[1450]).array(),
          FrameBuilder.udp("192.0.2.1", 53, "10.0.0.2", 84)
              .fragment(0)
              .payload(new byte[1450])
              .array(),
          FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 81).vlans(3).array(),
          FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 82).payload(new byte[9]).array(),
          FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 83).payload(new byte[1450]).array(),
          FrameBuilder.udp("2001:db8::1", 53, "2001:db8::2", 84).payload(new byte[1450]).array(),
          FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 85).flags(Tcp.SYN).array(),
          FrameBuilder.tcp("2001:db8::25", 8085, "2001:db8::1", 40000).array(),
          ofType(Ethernet.TYPE_ARP),
          FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::2", 80).flags(Tcp.SYN).array(),
          FrameBuilder.udp("2001:db8::1", 53, "2001:db8::2", 53)
              .extension(Ipv6.HOP_BY_HOP, 0, 1, 4, 0, 0, 0, 0)
              .extension(Ipv6.FRAGMENT, 0, 0, 0, 0, 0, 0, 1)
              .array(),
          FrameBuilder.tcp("2001:db8::5", 40000, "2001:db8::2", 80)
              .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
              .payload(new byte[100])
              .array(),
          FrameBuilder.tcp("2001:db8::11", 8080, "2001:db8::2", 12345).vlans(1).array(),
          FrameBuilder.udp("2001:db8::12", 8080, "2001:db8::2", 19999).array(),
          FrameBuilder.udp("192.0.2.4", 53, "10.0.0.2", 53).fragment(0x2000).array(),
          FrameBuilder.udp("192.0.2.4", 53, "10.0.0.2", 53).fragment(0x2001).array(),
          FrameBuilder.udp("2001:db8::4", 53, "2001:db8::2", 53)
              .extension(Ipv6.FRAGMENT, 0, 0, 1, 0, 0, 0, 7)
              .array(),
          FrameBuilder.udp("2001:db8::4", 53, "2001:db8::2", 53)
              .extension(Ipv6.FRAGMENT, 0, 0, 9, 0, 0, 0, 7)
              .array(),
          // Errors about what both ends of a flow were sent, and about what travelled in another.
          error("10.0.0.2", FrameBuilder.tcp("10.0.0.2", 80, "192.0.2.1", 40000).vlans(4)),
          error("10.0.0.2", FrameBuilder.udp("10.0.0.2", 12345, "10.0.0.11", 8080)),
          error("2001:db8::2", FrameBuilder.tcp("2001:db8::2", 80, "2001:db8::1", 40000)),
          error("2001:db8::1", FrameBuilder.tcp("2001:db8::1", 40000, "2001:db8::25", 8085)),
          error("10.0.0.2", FrameBuilder.udp("10.0.0.2", 50000, "10.0.0.24", 6080)),
          error("2001:db8::2", FrameBuilder.udp("2001:db8::2", 50000, "2001:db8::24", 6080)),
          errorAboutIpip("172.16.5.6", "10.0.0.23"),
          ipip("172.16.5.6", "10.0.0.2").byteArray(),
          FrameBuilder.udp("192.0.2.1", 50000, "10.0.0.2", 6080).payload(new byte[60]).array(),
          FrameBuilder.tcp("192.0.2.1", 40000, "10.0.0.2", 80).payload(new byte[60_000]).array());

  /** What no frame meets while every server is up, nothing is full, and nobody closes. */
  private static final EnumSet<Reason> OF_SERVERS_AND_LIMITS =
      EnumSet.of(
          Reason.FAULT,
          Reason.NO_SERVER,
          Reason.NO_NEXT_HOP,
          Reason.SERVER_DOWN_RESET,
          Reason.CLOSED_RESET,
          Reason.TABLE_FULL,
          Reason.NO_NAT_PORT);

  @Test
  void aMillionMutatedFramesAreEachForwardedOrCountedByReasonAndNoStageFails() throws Exception {
    try (Bench bench = new Bench("workers = 2\nmax_new_per_source = 50\n" + DIRECT_RETURN)) {
      for (int done = 0; done < FRAMES; done += BATCH) {
        for (int i = 0; i < BATCH; i++) {
          bench.source.give(mutated(), done * 1000L + i);
        }
        bench.run();
      }
      long refused = bench.counts().refused().values().stream().mapToLong(Long::longValue).sum();
      assertEquals(0, bench.counts().faults().get());
      assertEquals(FRAMES, bench.counts().received().get());
      assertEquals(FRAMES, bench.counts().forwarded().get() + refused);
      assertTrue(bench.counts().forwarded().get() > FRAMES / 100, "enough frames come through");
      for (Reason reason : EnumSet.complementOf(OF_SERVERS_AND_LIMITS)) {
        assertTrue(bench.refused(reason) > 0, () -> "no frame met " + reason);
      }
    }
  }

  private static byte[] error(String to, FrameBuilder about) {
    boolean ipv6 = to.contains(":");
    String router = ipv6 ? "2001:db8::9" : "192.0.2.9";
    UnsafeBuffer quoted = about.payload(new byte[1452]).buffer();
    int length = ipv6 ? 1232 : 548;
    return FrameBuilder.icmpError(router, to, ipv6 ? 2 : 3, ipv6 ? 0 : 4, 1400, quoted, length)
        .array();
  }

  private static byte[] errorAboutIpip(String source, String server) {
    return FrameBuilder.icmpError("192.0.2.9", source, 3, 4, 1400, ipip(source, server), 48)
        .array();
  }

  /** A packet that travels in another. */
  private static UnsafeBuffer ipip(String source, String destination) {
    UnsafeBuffer frame =
        FrameBuilder.udp(source, 0x4500, destination, 1460).payload(new byte[1460]).buffer();
    frame.putByte(Ethernet.LENGTH + Ipv4.PROTOCOL, (byte) 4);
    return frame;
  }

  private static byte[] ofType(int etherType) {
    UnsafeBuffer frame = FrameBuilder.tcp("192.0.2.1", 1, "10.0.0.2", 80).buffer();
    frame.putShort(Ethernet.TYPE, (short) etherType, ByteOrder.BIG_ENDIAN);
    return frame.byteArray();
  }

  private byte[] mutated() {
    byte[] seed =
        seeds.get(random.nextInt(random.nextInt(50) == 0 ? seeds.size() : seeds.size() - 1));
    byte[] frame = seed.clone();
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      // Headers are where the decisions are.
      int at = random.nextInt(Math.min(frame.length, 80));
      frame[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : frame[at] ^ 1 << random.nextInt(8));
    }
    if (random.nextInt(8) == 0) {
      frame = Arrays.copyOf(frame, random.nextInt(frame.length + 1));
    }
    return frame;
  }
}
