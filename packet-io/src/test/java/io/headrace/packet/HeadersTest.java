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

  private final Headers headers = new Headers();

  /** One line of description, the frame in, what must be made of it. */
  private record Fixture(String description, String frame, Parse expected) {
    @Override
    public String toString() {
      return description;
    }
  }

  private static Stream<Fixture> fixtures() {
    return Stream.of(
        new Fixture("empty", "", Parse.ETHERNET_TRUNCATED),
        new Fixture("one byte short of an Ethernet header", MACS + "08", Parse.ETHERNET_TRUNCATED),
        new Fixture("ARP", MACS + "0806", Parse.ARP),
        new Fixture("ARP in a VLAN", MACS + "8100 0005 0806", Parse.ARP),
        new Fixture("IPv6", MACS + "86dd 60000000", Parse.IPV6),
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
            Parse.FRAGMENT),
        new Fixture(
            "last fragment, too short for a header",
            MACS + "0800 45000015 00010001 40060000 0a000001 0a000002 00",
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
    assertEquals(Parse.FRAGMENT, headers.parse(fragment));
    assertEquals(FrameBuilder.address("10.0.0.3"), headers.sourceAddress());
    assertEquals(FrameBuilder.address("10.0.0.4"), headers.destinationAddress());

    assertEquals(Parse.ICMP, headers.parse(FrameBuilder.icmp("10.0.0.5", "10.0.0.6").buffer()));
    assertEquals(FrameBuilder.address("10.0.0.5"), headers.sourceAddress());
  }

  @ParameterizedTest
  @EnumSource
  void reasonSaysWhetherTheFrameIsMalformed(Parse parse) {
    assertEquals(parse.name().contains("_"), parse.malformed());
  }

  @Test
  void noBytesMakeItThrow() {
    Random random = new Random(1);
    byte[][] seeds = {
      FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).payload(new byte[30]).array(),
      FrameBuilder.tcp("10.0.0.1", 1, "10.0.0.2", 2).vlans(1, 2).tcpOptions(new byte[8]).array(),
      FrameBuilder.udp("10.0.0.1", 1, "10.0.0.2", 2).ipOptions(new byte[40]).padTo(90).array(),
      FrameBuilder.icmp("10.0.0.1", "10.0.0.2").vlans(1).array(),
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
