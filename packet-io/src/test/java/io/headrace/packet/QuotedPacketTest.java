package io.headrace.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class QuotedPacketTest {
  private static final String ROUTER = "198.51.100.1";
  private static final String ROUTER6 = "2001:db8::1";
  private static final String FRONTEND = "192.0.2.1";
  private static final String FRONTEND6 = "2001:db8::2";
  private static final String CLIENT = "203.0.113.9";
  private static final String CLIENT6 = "2001:db8::9";

  private final Headers headers = new Headers();
  private final QuotedPacket quoted = new QuotedPacket();

  @Test
  void aFlowIsToldByTheFirstEightBytes() {
    UnsafeBuffer answer = FrameBuilder.tcp(FRONTEND, 80, CLIENT, 40_000).buffer();
    assertTrue(parse(FrameBuilder.icmpError(ROUTER, FRONTEND, 3, 4, 1400, answer, 28).buffer()));
    assertEquals(FrameBuilder.address(FRONTEND), quoted.sourceAddress());
    assertEquals(FrameBuilder.address(CLIENT), quoted.destinationAddress());
    assertEquals(80, quoted.sourcePort());
    assertEquals(40_000, quoted.destinationPort());
    assertEquals(Ipv4.PROTOCOL_TCP, quoted.protocol());
    assertEquals(quoted.end(), quoted.transportOffset() + 8);
    assertEquals(1400, quoted.nextHopMtu());
    assertTrue(quoted.isTooBig());
    assertEquals(40, quoted.packetLength());
    assertFalse(parse(FrameBuilder.icmpError(ROUTER, FRONTEND, 3, 4, 1400, answer, 27).buffer()));
  }

  @Test
  void ipv6IsToldBehindItsExtensionHeaders() {
    UnsafeBuffer answer =
        FrameBuilder.udp(FRONTEND6, 53, CLIENT6, 40_000)
            .extension(Ipv6.DESTINATION_OPTIONS, 0, 1, 4, 0, 0, 0, 0)
            .payload(new byte[100])
            .buffer();
    assertTrue(parse(FrameBuilder.icmpError(ROUTER6, FRONTEND6, 2, 0, 1280, answer, 56).buffer()));
    assertEquals(53, quoted.sourcePort());
    assertEquals(40_000, quoted.destinationPort());
    assertEquals(Ipv4.PROTOCOL_UDP, quoted.protocol());
    assertEquals(1280, quoted.nextHopMtu());
    assertTrue(quoted.isTooBig());
    assertEquals(156, quoted.packetLength());
    assertFalse(parse(FrameBuilder.icmpError(ROUTER6, FRONTEND6, 2, 0, 1280, answer, 55).buffer()));
  }

  @Test
  void whatIsNoErrorQuotesNothing() {
    assertFalse(parse(FrameBuilder.icmp(CLIENT, FRONTEND).buffer()));
    UnsafeBuffer answer = FrameBuilder.tcp(FRONTEND, 80, CLIENT, 40_000).buffer();
    // A redirect (5) is the kernel's, an answer (0) carries anything.
    for (int type : new int[] {0, 4, 5, 8, 13}) {
      assertFalse(parse(FrameBuilder.icmpError(ROUTER, FRONTEND, type, 0, 0, answer, 28).buffer()));
    }
    UnsafeBuffer answer6 = FrameBuilder.tcp(FRONTEND6, 80, CLIENT6, 40_000).buffer();
    for (int type : new int[] {128, 129, 135}) {
      assertFalse(
          parse(FrameBuilder.icmpError(ROUTER6, FRONTEND6, type, 0, 0, answer6, 60).buffer()));
    }
  }

  @Test
  void aFragmentWithoutPortsHasNoFlow() {
    UnsafeBuffer first = FrameBuilder.udp(FRONTEND, 53, CLIENT, 9).fragment(0x2000).buffer();
    assertTrue(parse(FrameBuilder.icmpError(ROUTER, FRONTEND, 11, 1, 7, first, 28).buffer()));
    assertEquals(0, quoted.nextHopMtu());
    assertFalse(quoted.isTooBig());
    UnsafeBuffer later = FrameBuilder.udp(FRONTEND, 53, CLIENT, 9).fragment(0x2001).buffer();
    assertFalse(parse(FrameBuilder.icmpError(ROUTER, FRONTEND, 11, 1, 0, later, 28).buffer()));
  }

  @Test
  void whatQuotesItselfWrongHasNoFlow() {
    UnsafeBuffer answer = FrameBuilder.tcp(FRONTEND, 80, CLIENT, 40_000).buffer();
    UnsafeBuffer error = FrameBuilder.icmpError(ROUTER, FRONTEND, 3, 1, 0, answer, 40).buffer();
    int network = Ethernet.LENGTH + Ipv4.LENGTH + Icmp.LENGTH;
    byte before = error.getByte(network);
    for (int version : new int[] {0x44, 0x4F, 0x65, 0x00}) {
      error.putByte(network, (byte) version);
      assertFalse(parse(error));
    }
    error.putByte(network, before);
    error.putByte(network + Ipv4.PROTOCOL, (byte) Ipv4.PROTOCOL_ICMP);
    assertFalse(parse(error));
  }

  @Test
  void aPacketInAnotherHasNoPortsAndSaysWhereItWasGoing() {
    UnsafeBuffer outer = FrameBuilder.icmp(FRONTEND, CLIENT).buffer();
    outer.putByte(Ethernet.LENGTH + Ipv4.PROTOCOL, (byte) 4);
    UnsafeBuffer error = FrameBuilder.icmpError(ROUTER, FRONTEND, 3, 4, 0, outer, 28).buffer();
    assertFalse(parse(error));
    assertTrue(quoted.parse(error, headers));
    assertEquals(4, quoted.protocol());
    assertEquals(FrameBuilder.address(CLIENT), quoted.destinationAddress());
    assertTrue(quoted.isTooBig());
    assertEquals(0, quoted.nextHopMtu(), "a router that does not say");
  }

  private boolean parse(UnsafeBuffer frame) {
    assertEquals(Parse.ICMP, headers.parse(frame));
    return quoted.parse(frame, headers) && quoted.hasPorts();
  }
}
