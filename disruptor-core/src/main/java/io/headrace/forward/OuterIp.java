package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An IP header before a packet of either family (RFC 2003, RFC 2473, RFC 4213). DSCP and ECN are
 * the inner packet's (RFC 2983, uniform; RFC 6040, normal mode), and so is "don't fragment" (RFC
 * 2003), which every packet of IPv6 has. The identification of IPv4 is the inner one: as unique as
 * that. The flow label of IPv6 is the flow's (RFC 6438).
 */
final class OuterIp {
  private static final int TIME_TO_LIVE = 64;
  private static final int FLOW_LABEL = 0xFFFFF;
  private static final int VERSION_IPV6 = 6;

  private OuterIp() {}

  /** Whether the packet at an offset is one of IPv6. */
  static boolean isIpv6(UnsafeBuffer bytes, int at) {
    return (bytes.getByte(at) & 0xFF) >>> 4 == VERSION_IPV6;
  }

  private static int length(UnsafeBuffer bytes, int inner) {
    return isIpv6(bytes, inner)
        ? Ipv6.LENGTH + (bytes.getShort(inner + Ipv6.PAYLOAD_LENGTH, BIG_ENDIAN) & 0xFFFF)
        : bytes.getShort(inner + Ipv4.TOTAL_LENGTH, BIG_ENDIAN) & 0xFFFF;
  }

  private static int trafficClass(UnsafeBuffer bytes, int inner) {
    return isIpv6(bytes, inner)
        ? bytes.getInt(inner, BIG_ENDIAN) >>> 20 & 0xFF
        : bytes.getByte(inner + Ipv4.TYPE_OF_SERVICE) & 0xFF;
  }

  /**
   * Writes a header of IPv4 without options.
   *
   * @param length from here to the inner packet
   * @return bytes that follow the header
   */
  static int writeIpv4(
      UnsafeBuffer bytes, int at, int length, int protocol, int source, int destination) {
    int inner = at + length;
    int total = length + length(bytes, inner);
    boolean ipv6 = isIpv6(bytes, inner);
    int fragment =
        ipv6
            ? Ipv4.DONT_FRAGMENT
            : bytes.getShort(inner + Ipv4.FRAGMENT, BIG_ENDIAN) & Ipv4.DONT_FRAGMENT;
    int identification = ipv6 ? 0 : bytes.getShort(inner + Ipv4.IDENTIFICATION, BIG_ENDIAN);
    bytes.putShort(at - Short.BYTES, (short) Ethernet.TYPE_IPV4, BIG_ENDIAN);
    bytes.putByte(at + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | Ipv4.LENGTH / Integer.BYTES));
    bytes.putByte(at + Ipv4.TYPE_OF_SERVICE, (byte) trafficClass(bytes, inner));
    bytes.putShort(at + Ipv4.TOTAL_LENGTH, (short) total, BIG_ENDIAN);
    bytes.putShort(at + Ipv4.IDENTIFICATION, (short) identification, BIG_ENDIAN);
    bytes.putShort(at + Ipv4.FRAGMENT, (short) fragment, BIG_ENDIAN);
    bytes.putByte(at + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(at + Ipv4.PROTOCOL, (byte) protocol);
    bytes.putInt(at + Ipv4.SOURCE, source, BIG_ENDIAN);
    bytes.putInt(at + Ipv4.DESTINATION, destination, BIG_ENDIAN);
    bytes.putShort(at + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, at), BIG_ENDIAN);
    return total - Ipv4.LENGTH;
  }

  /** As {@link #writeIpv4}, of IPv6 without extension headers. */
  static int writeIpv6(
      UnsafeBuffer bytes,
      int at,
      int length,
      int protocol,
      long sourceHigh,
      long sourceLow,
      IpAddress destination,
      long flowHash) {
    int inner = at + length;
    int payload = length - Ipv6.LENGTH + length(bytes, inner);
    int flowLabel = (int) (flowHash >>> Short.SIZE) & FLOW_LABEL;
    int first = Ipv6.VERSION | trafficClass(bytes, inner) << 20 | flowLabel;
    bytes.putShort(at - Short.BYTES, (short) Ethernet.TYPE_IPV6, BIG_ENDIAN);
    bytes.putInt(at + Ipv6.VERSION_CLASS_LABEL, first, BIG_ENDIAN);
    bytes.putShort(at + Ipv6.PAYLOAD_LENGTH, (short) payload, BIG_ENDIAN);
    bytes.putByte(at + Ipv6.NEXT_HEADER, (byte) protocol);
    bytes.putByte(at + Ipv6.HOP_LIMIT, (byte) TIME_TO_LIVE);
    bytes.putLong(at + Ipv6.SOURCE, sourceHigh, BIG_ENDIAN);
    bytes.putLong(at + Ipv6.SOURCE + Long.BYTES, sourceLow, BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION, destination.high(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION + Long.BYTES, destination.low(), BIG_ENDIAN);
    return payload;
  }
}
