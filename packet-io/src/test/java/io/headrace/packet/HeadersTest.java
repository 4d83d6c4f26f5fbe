package io.headrace.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HeadersTest {
  /** Ethernet header up to its EtherType. */
  private static final String MACS = "020000000002 020000000001 ";

  private static final String IPV4_TCP_20 = "0800 45000028 00014000 40060000 0a000001 0a000002 ";

  /** Destination options with padding alone, and more of them behind. */
  private static final String OPTIONS = "3c00010400000000 ";

  private final Headers headers = new Headers();

  /** One line of description, the frame in, what must be made of it. */
  private record Fixture(String description, String frame, Parse expected) {
    @Override
    public String toString() {
      return description;
    }
  }

  private static String ipv6(String start, String... rest) {
    return MACS
        + "86dd"
        + start
        + "20010db8000000000000000000000001 20010db8000000000000000000000002"
        + String.join("", rest);
  }

  private static Stream<Fixture> fixtures() {
    return Stream.of(
        new Fixture("empty", "", Parse.ETHERNET_TRUNCATED),
        new Fixture("one byte short of an Ethernet header", MACS + "08", Parse.ETHERNET_TRUNCATED),
        new Fixture("ARP", MACS + "0806", Parse.ARP),
        new Fixture("ARP in a VLAN", MACS + "8100 0005 0806", Parse.ARP),
        new Fixture("LLDP", MACS + "88cc 0207", Parse.OTHER),
        new Fixture("802.3 length instead of a type", MACS + "0010 424203", Parse.OTHER),
        new Fixture("VLAN tag cut", MACS + "8100 000508", Parse.VLAN_TRUNCATED),
        new Fixture("second VLAN tag cut", MACS + "88a8 0005 8100 00", Parse.VLAN_TRUNCATED),
        new Fixture("three VLAN tags", MACS + "88a8 0005 8100 0006 8100 0007 0800", Parse.OTHER),
        new Fixture("IPv4 header cut", MACS + "0800 45000014 0001", Parse.IPV4_TRUNCATED),
        new Fixture(
            "version 6 under the EtherType of IPv4",
            MACS + "0800 65000014 00010000 40fd0000 0a000001 0a000002",
            Parse.IPV4_VERSION),
        new Fixture(
            "IPv4 header of 16 bytes",
            MACS + "0800 44000014 00010000 40fd0000 0a000001 0a000002",
            Parse.IPV4_HEADER_LENGTH),
        new Fixture(
            "IPv4 header longer than the frame",
            MACS + "0800 46000018 00010000 40fd0000 0a000001 0a000002",
            Parse.IPV4_HEADER_LENGTH),
        new Fixture(
            "IPv4 total length longer than the frame",
            MACS + "0800 45000015 00010000 40fd0000 0a000001 0a000002",
            Parse.IPV4_TOTAL_LENGTH),
        new Fixture(
            "IPv4 total length shorter than the header",
            MACS + "0800 45000013 00010000 40fd0000 0a000001 0a000002",
            Parse.IPV4_TOTAL_LENGTH),
        new Fixture(
            "another protocol, no payload",
            MACS + "0800 45000014 00010000 40fd0000 0a000001 0a000002",
            Parse.OTHER),
        new Fixture(
            "TCP header cut",
            MACS + "0800 45000018 00010000 40060000 0a000001 0a000002 00500051",
            Parse.TCP_TRUNCATED),
        new Fixture(
            "TCP ports cut",
            MACS + "0800 45000017 00010000 40060000 0a000001 0a000002 005000",
            Parse.TCP_TRUNCATED),
        new Fixture(
            "TCP header of 16 bytes",
            MACS + IPV4_TCP_20 + "9c400050 00000000 00000000 40100000 00000000",
            Parse.TCP_HEADER_LENGTH),
        new Fixture(
            "TCP header longer than the packet, though not than the frame",
            MACS + IPV4_TCP_20 + "9c400050 00000000 00000000 60100000 00000000 00000000",
            Parse.TCP_HEADER_LENGTH),
        new Fixture(
            "TCP", MACS + IPV4_TCP_20 + "9c400050 00000000 00000000 50100000 00000000", Parse.FLOW),
        new Fixture(
            "UDP header cut",
            MACS + "0800 4500001b 00010000 40110000 0a000001 0a000002 00500051 0008 00",
            Parse.UDP_TRUNCATED),
        new Fixture(
            "UDP length shorter than its header",
            MACS + "0800 4500001c 00010000 40110000 0a000001 0a000002 00500051 00070000",
            Parse.UDP_LENGTH),
        new Fixture(
            "UDP length longer than the packet",
            MACS + "0800 4500001c 00010000 40110000 0a000001 0a000002 00500051 00090000 00",
            Parse.UDP_LENGTH),
        new Fixture(
            "UDP without payload",
            MACS + "0800 4500001c 00010000 40110000 0a000001 0a000002 00500051 00080000",
            Parse.FLOW),
        new Fixture(
            "first fragment",
            MACS + "0800 4500001c 00012000 40110000 0a000001 0a000002 00500051 00080000",
            Parse.FIRST_FRAGMENT),
        new Fixture(
            "first fragment of a datagram that is longer",
            MACS + "0800 4500001c 00012000 40110000 0a000001 0a000002 00500051 05dc0000",
            Parse.FIRST_FRAGMENT),
        new Fixture(
            "first fragment that ends in the TCP header",
            MACS + "0800 4500001c 00012000 40060000 0a000001 0a000002 00500051 00000000",
            Parse.TCP_TRUNCATED),
        new Fixture(
            "first fragment of an ICMP message",
            MACS + "0800 4500001c 00012000 40010000 0a000001 0a000002 0800f7ff 00000000",
            Parse.FRAGMENT),
        new Fixture(
            "last fragment, too short for a header",
            MACS + "0800 45000015 00010001 40060000 0a000001 0a000002 00",
            Parse.FRAGMENT),
        new Fixture("IPv6 header cut", MACS + "86dd 60000000", Parse.IPV6_TRUNCATED),
        new Fixture(
            "version 4 under the EtherType of IPv6",
            ipv6("40000000 0000 fd 40"),
            Parse.IPV6_VERSION),
        new Fixture(
            "IPv6 payload longer than the frame",
            ipv6("60000000 0002 11 40", "00"),
            Parse.IPV6_PAYLOAD_LENGTH),
        new Fixture("IPv6, no next header", ipv6("60000000 0000 3b 40"), Parse.OTHER),
        new Fixture("UDP over IPv6", ipv6("60000000 0008 11 40", "00500051 00080000"), Parse.FLOW),
        new Fixture(
            "TCP header cut, over IPv6",
            ipv6("60000000 0004 06 40", "00500051"),
            Parse.TCP_TRUNCATED),
        new Fixture(
            "ICMPv6 behind hop-by-hop options",
            ipv6("60000000 0010 00 40", "3a00050200000100 8f00000000000000"),
            Parse.ICMP),
        new Fixture(
            "UDP behind hop-by-hop options, routing, destination options and a fragment header",
            ipv6(
                "60000000 0030 00 40",
                "2b00010400000000 3c00030000000000 2c01010c 000000000000000000000000"
                    + "1100000000000001 0050005100080000"),
            Parse.FLOW),
        new Fixture(
            "options of an extension header that the frame does not hold",
            ipv6("60000000 0008 3c 40", "1101010400000000"),
            Parse.IPV6_EXTENSION),
        new Fixture(
            "extension header cut",
            ipv6("60000000 0007 3c 40", "11000104000000"),
            Parse.IPV6_EXTENSION),
        new Fixture(
            "eight extension headers",
            ipv6("60000000 0048 3c 40", OPTIONS.repeat(7) + "1100010400000000 0050005100080000"),
            Parse.FLOW),
        new Fixture(
            "nine extension headers",
            ipv6("60000000 0050 3c 40", OPTIONS.repeat(8) + "1100010400000000 0050005100080000"),
            Parse.IPV6_EXTENSION),
        new Fixture(
            "hop-by-hop options behind others",
            ipv6("60000000 0018 3c 40", "0000010400000000 1100010400000000 0050005100080000"),
            Parse.OTHER),
        new Fixture(
            "a router on the route is still to come",
            ipv6("60000000 0010 2b 40", "1100030100000000 0050005100080000"),
            Parse.OTHER),
        new Fixture(
            "first fragment over IPv6",
            ipv6("60000000 0010 2c 40", "1100000100000001 0050005100080000"),
            Parse.FIRST_FRAGMENT),
        new Fixture(
            "last fragment over IPv6",
            ipv6("60000000 0009 2c 40", "1100000800000001 00"),
            Parse.FRAGMENT));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void frameIsParsed(Fixture fixture) {
    assertEquals(fixture.expected, headers.parse(FrameBuilder.hex(fixture.frame)));
  }

  @Test
  void tcpFieldsAreFoundBehindTagsAndOptionsAndBeforePadding() {
    UnsafeBuffer frame =
        FrameBuilder.tcp("192.0.2.1", 40000, "198.51.100.255", 65535)
            .vlans(7, 8)
            .ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0)
            .tcpOptions(new byte[12])
            .flags(Tcp.SYN | Tcp.ECE | Tcp.CWR)
            .timeToLive(255)
            .payload(new byte[3])
            .padTo(200)
            .buffer();

    assertEquals(Parse.FLOW, headers.parse(frame));
    assertEquals(22, headers.networkOffset());
    assertEquals(46, headers.transportOffset());
    assertEquals(35, headers.transportLength());
    assertEquals(59, headers.packetLength());
    assertEquals(6, headers.protocol());
    assertEquals(255, headers.timeToLive());
    assertEquals(FrameBuilder.address("192.0.2.1"), headers.sourceAddress());
    assertEquals(FrameBuilder.address("198.51.100.255"), headers.destinationAddress());
    assertEquals(40000, headers.sourcePort());
    assertEquals(65535, headers.destinationPort());
    assertEquals(Tcp.SYN | Tcp.ECE | Tcp.CWR, headers.tcpFlags());
  }

  @Test
  void tcpFieldsAreFoundBehindExtensionHeadersOfIpv6() {
    UnsafeBuffer frame =
        FrameBuilder.tcp("2001:db8::1:2:3", 40000, "fd00:1:2:3::ffff", 443)
            .vlans(7)
            .extension(Ipv6.HOP_BY_HOP, 0, 5, 2, 0, 0, 1, 0)
            .extension(Ipv6.DESTINATION_OPTIONS, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            .extension(Ipv6.FRAGMENT, 0, 0, 6, 1, 2, 3, 4)
            .tcpOptions(new byte[12])
            .flags(Tcp.SYN)
            .timeToLive(3)
            .payload(new byte[3])
            .padTo(200)
            .buffer();

    assertEquals(Parse.FLOW, headers.parse(frame));
    assertTrue(headers.isIpv6());
    assertEquals(18, headers.networkOffset());
    assertEquals(18 + 40 + 8 + 16 + 8, headers.transportOffset());
    assertEquals(35, headers.transportLength());
    assertEquals(40 + 32 + 35, headers.packetLength());
    assertEquals(6, headers.protocol());
    assertEquals(3, headers.timeToLive());
    assertEquals(0x20010db800000000L, headers.sourceHigh());
    assertEquals(0x0000000100020003L, headers.sourceLow());
    assertEquals(0xfd00000100020003L, headers.destinationHigh());
    assertEquals(0x000000000000ffffL, headers.destinationLow());
    assertEquals(40000, headers.sourcePort());
    assertEquals(443, headers.destinationPort());
    assertEquals(Tcp.SYN, headers.tcpFlags());
    assertTrue(Checksums.transportValid(frame, headers));

    headers.parse(FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).buffer());
    assertFalse(headers.isIpv6());
  }

  @Test
  void udpHasNoFlagsEvenAfterTcp() {
    headers.parse(FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).buffer());
    assertEquals(
        Parse.FLOW,
        headers.parse(
            FrameBuilder.udp("10.0.0.1", 53, "10.0.0.2", 5353).payload(new byte[9]).buffer()));
    assertEquals(0, headers.tcpFlags());
    assertEquals(17, headers.protocol());
    assertEquals(17, headers.transportLength());
    assertEquals(53, headers.sourcePort());
    assertEquals(5353, headers.destinationPort());
  }

  @Test
  void addressesOfFragmentsAndIcmpAreValid() {
    UnsafeBuffer fragment =
        FrameBuilder.udp("10.0.0.3", 1, "10.0.0.4", 2).fragment(Ipv4.MORE_FRAGMENTS).buffer();
    assertEquals(Parse.FIRST_FRAGMENT, headers.parse(fragment));
    assertEquals(FrameBuilder.address("10.0.0.3"), headers.sourceAddress());
    assertEquals(FrameBuilder.address("10.0.0.4"), headers.destinationAddress());

    assertEquals(Parse.ICMP, headers.parse(FrameBuilder.icmp("10.0.0.5", "10.0.0.6").buffer()));
    assertEquals(FrameBuilder.address("10.0.0.5"), headers.sourceAddress());
  }

  @Test
  void aFragmentSaysWhichPartOfWhichPacketItIs() {
    headers.parse(
        FrameBuilder.udp("10.0.0.3", 1, "10.0.0.4", 2)
            .identification(0xABCD)
            .fragment(Ipv4.MORE_FRAGMENTS | 185)
            .payload(new byte[24])
            .buffer());
    assertTrue(headers.isFragment() && !headers.hasTransportHeader());
    assertTrue(headers.hasMoreFragments());
    assertEquals(0xABCD, headers.identification());
    assertEquals(1480, headers.fragmentOffset());
    assertEquals(32, headers.fragmentLength());

    headers.parse(
        FrameBuilder.udp("2001:db8::1", 1, "2001:db8::2", 2)
            .extension(Ipv6.FRAGMENT, 0, 0x05, 0xC8, 0x12, 0x34, 0x56, 0x78)
            .payload(new byte[24])
            .buffer());
    assertTrue(headers.isFragment() && !headers.hasTransportHeader());
    assertFalse(headers.hasMoreFragments());
    assertEquals(0x12345678, headers.identification());
    assertEquals(1480, headers.fragmentOffset());
    assertEquals(32, headers.fragmentLength());

    headers.parse(FrameBuilder.udp("10.0.0.3", 1, "10.0.0.4", 2).buffer());
    assertTrue(!headers.isFragment() && headers.hasTransportHeader());
  }

  @ParameterizedTest
  @EnumSource
  void reasonSaysWhetherTheFrameIsMalformed(Parse parse) {
    assertEquals(parse.name().contains("_") && parse != Parse.FIRST_FRAGMENT, parse.malformed());
  }

  @Test
  void noBytesMakeItThrow() {
    Random random = new Random(1);
    byte[][] seeds = {
      FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).payload(new byte[30]).array(),
      FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).vlans(1, 2).tcpOptions(new byte[8]).array(),
      FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).ipOptions(new byte[40]).padTo(90).array(),
      FrameBuilder.icmp("10.0.0.1", "10.0.0.2").vlans(1).array(),
      FrameBuilder.tcp("2001:db8::1", 1, "2001:db8::2", 2).payload(new byte[9]).array(),
      FrameBuilder.udp("2001:db8::1", 1, "2001:db8::2", 2)
          .extension(Ipv6.HOP_BY_HOP, 0, 5, 2, 0, 0, 1, 0)
          .extension(Ipv6.FRAGMENT, 0, 0, 0, 0, 0, 0, 1)
          .array(),
    };
    Map<Parse, Integer> seen = new EnumMap<>(Parse.class);
    byte[] bytes = new byte[100];
    UnsafeBuffer frame = new UnsafeBuffer(0, 0);
    for (int i = 0; i < 1_000_000; i++) {
      int length;
      if (i % 8 == 0) {
        random.nextBytes(bytes);
        length = random.nextInt(bytes.length + 1);
      } else {
        byte[] seed = seeds[random.nextInt(seeds.length)];
        System.arraycopy(seed, 0, bytes, 0, seed.length);
        length = random.nextInt(4) == 0 ? random.nextInt(seed.length + 1) : seed.length;
        for (int mutations = random.nextInt(4); mutations > 0; mutations--) {
          bytes[random.nextInt(seed.length)] = (byte) random.nextInt();
        }
      }
      frame.wrap(bytes, 0, length);
      Parse parse = headers.parse(frame);
      if (parse == Parse.FLOW) {
        assertTrue(headers.transportOffset() + headers.transportLength() <= length);
        assertFalse(headers.transportLength() < 8);
        Checksums.transport(frame, headers);
      }
      seen.merge(parse, 1, Integer::sum);
    }
    assertEquals(Parse.values().length, seen.size(), "reasons that were met: " + seen);
  }
}
