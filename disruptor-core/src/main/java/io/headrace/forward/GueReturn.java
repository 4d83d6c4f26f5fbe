package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Ipv4;
import io.headrace.packet.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Generic UDP encapsulation in its variant 1, where the IPv4 packet follows the UDP header at once
 * (draft-ietf-intarea-gue, section 4; Linux's {@code ip fou add … gue} takes it, and {@code ipproto
 * 4} too). The source port is the flow's, so that flows spread over paths and queues. No UDP
 * checksum: the inner packet has its own.
 */
final class GueReturn extends TunnelReturn {
  /** Of the IANA registry. */
  private static final int PORT = 6080;

  /** The dynamic ports of RFC 6335. */
  private static final int FIRST_SOURCE_PORT = 49152;

  @Override
  public int length() {
    return Ipv4.LENGTH + Udp.LENGTH;
  }

  @Override
  int source(Slot slot, Target target) {
    return target.hop().natAddresses()[0].ipv4();
  }

  @Override
  public void write(UnsafeBuffer bytes, int at, int source, int destination, long flowHash) {
    writeIpv4(bytes, at, length(), Ipv4.PROTOCOL_UDP, source, destination);
    int udp = at + Ipv4.LENGTH;
    int total = bytes.getShort(at + Ipv4.TOTAL_LENGTH, BIG_ENDIAN) & 0xFFFF;
    int port = FIRST_SOURCE_PORT | (int) (flowHash >>> 16) & 0x3FFF;
    bytes.putShort(udp + Udp.SOURCE_PORT, (short) port, BIG_ENDIAN);
    bytes.putShort(udp + Udp.DESTINATION_PORT, (short) PORT, BIG_ENDIAN);
    bytes.putShort(udp + Udp.DATAGRAM_LENGTH, (short) (total - Ipv4.LENGTH), BIG_ENDIAN);
    bytes.putShort(udp + Udp.CHECKSUM, (short) 0);
  }
}
