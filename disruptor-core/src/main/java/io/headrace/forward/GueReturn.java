package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Ipv4;
import io.headrace.packet.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Generic UDP encapsulation in its variant 1, where the IP packet follows the UDP header at once
 * (draft-ietf-intarea-gue, section 4; Linux's {@code ip fou add … gue} takes it, and over IPv4
 * {@code ipproto 4} too). The source port is the flow's, so that flows spread over paths and
 * queues. No UDP checksum, of IPv6 neither (RFC 6935): the inner packet has its own.
 */
final class GueReturn extends TunnelReturn {
  /** Of the IANA registry. */
  static final int PORT = 6080;

  /** The dynamic ports of RFC 6335. */
  static final int FIRST_SOURCE_PORT = 49152;

  GueReturn(LastHop lastHop) {
    super(lastHop, Udp.LENGTH);
  }

  @Override
  long sourceHigh(Slot slot, Target target) {
    return target.hop().natAddresses()[0].high();
  }

  @Override
  long sourceLow(Slot slot, Target target) {
    return target.hop().natAddresses()[0].low();
  }

  @Override
  int protocol(boolean ipv6Inside) {
    return Ipv4.PROTOCOL_UDP;
  }

  @Override
  void writeBetween(UnsafeBuffer bytes, int at, int length, long flowHash) {
    int port = FIRST_SOURCE_PORT | (int) (flowHash >>> 16) & 0x3FFF;
    bytes.putShort(at + Udp.SOURCE_PORT, (short) port, BIG_ENDIAN);
    bytes.putShort(at + Udp.DESTINATION_PORT, (short) PORT, BIG_ENDIAN);
    bytes.putShort(at + Udp.DATAGRAM_LENGTH, (short) length, BIG_ENDIAN);
    bytes.putShort(at + Udp.CHECKSUM, (short) 0);
  }
}
