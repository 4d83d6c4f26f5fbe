package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * The Internet checksum: RFC 1071, and its incremental update: RFC 1624.
 *
 * <p>A <em>sum</em> is a one's complement sum folded to 16 bits (0 to 0xFFFF, where 0xFFFF and 0
 * are the same number); a checksum <em>field</em> is its complement. A rewrite is expressed as a
 * <em>difference</em>: those of all the words that changed are {@linkplain #add added}, then
 * applied to the field at once. As only the difference enters, a wrong field stays wrong by as
 * much.
 */
public final class Checksums {
  private Checksums() {}

  /** The sum over bytes that start at an even offset of what is summed. */
  public static int sum(DirectBuffer buffer, int offset, int length) {
    // Summed little-endian (the sum is the same but for the order of its bytes, RFC 1071 2(B)) and
    // in two halves of a word, so that carries gather above bit 32.
    long sum = 0;
    int at = offset;
    int end = offset + length;
    for (; end - at >= Long.BYTES; at += Long.BYTES) {
      sum += halves(buffer.getLong(at, LITTLE_ENDIAN));
    }
    for (; end - at >= Short.BYTES; at += Short.BYTES) {
      sum += buffer.getShort(at, LITTLE_ENDIAN) & 0xFFFF;
    }
    if (at < end) {
      sum += buffer.getByte(at) & 0xFF;
    }
    return Short.reverseBytes((short) fold(sum)) & 0xFFFF;
  }

  /** Adds two sums or differences. */
  public static int add(int a, int b) {
    int sum = a + b;
    return (sum & 0xFFFF) + (sum >>> 16);
  }

  /** The sum of the pseudo-header over which TCP and UDP are checked, RFC 9293 3.1. */
  public static int pseudoHeader(int source, int destination, int protocol, int length) {
    return fold((source & 0xFFFF_FFFFL) + (destination & 0xFFFF_FFFFL) + protocol + length);
  }

  /** The same of IPv6, RFC 8200 8.1. Addresses as {@link Ipv6} has them. */
  public static int pseudoHeader(
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int protocol,
      int length) {
    return fold(
        halves(sourceHigh)
            + halves(sourceLow)
            + halves(destinationHigh)
            + halves(destinationLow)
            + protocol
            + length);
  }

  /**
   * The same of a parsed frame.
   *
   * @param length of transport header and payload
   */
  public static int pseudoHeader(Headers headers, int length) {
    return headers.isIpv6()
        ? pseudoHeader(
            headers.sourceHigh(),
            headers.sourceLow(),
            headers.destinationHigh(),
            headers.destinationLow(),
            headers.protocol(),
            length)
        : pseudoHeader(
            headers.sourceAddress(), headers.destinationAddress(), headers.protocol(), length);
  }

  private static long halves(long word) {
    return (word & 0xFFFF_FFFFL) + (word >>> 32);
  }

  /** What the checksum field of the IPv4 header at an offset has to hold. */
  public static int ipv4(DirectBuffer buffer, int offset) {
    int field = buffer.getShort(offset + Ipv4.CHECKSUM, BIG_ENDIAN);
    return ~add(ipv4Sum(buffer, offset), ~field & 0xFFFF) & 0xFFFF;
  }

  /** Whether the IPv4 header at an offset has the right checksum. */
  public static boolean ipv4Valid(DirectBuffer buffer, int offset) {
    return ipv4Sum(buffer, offset) == 0xFFFF;
  }

  private static int ipv4Sum(DirectBuffer buffer, int offset) {
    int headerLength = (buffer.getByte(offset + Ipv4.VERSION_AND_LENGTH) & 0xF) << 2;
    return sum(buffer, offset, headerLength);
  }

  /** What the TCP or UDP checksum field of a parsed frame has to hold when it is not partial. */
  public static int transport(DirectBuffer frame, Headers headers) {
    int field = frame.getShort(checksumOffset(headers), BIG_ENDIAN);
    int computed = ~add(transportSum(frame, headers), ~field & 0xFFFF) & 0xFFFF;
    return computed == 0 && headers.protocol() == Ipv4.PROTOCOL_UDP ? 0xFFFF : computed;
  }

  /** Whether a parsed frame has the right TCP or UDP checksum, or, for UDP, none. */
  public static boolean transportValid(DirectBuffer frame, Headers headers) {
    return transportSum(frame, headers) == 0xFFFF
        || headers.protocol() == Ipv4.PROTOCOL_UDP
            && frame.getShort(checksumOffset(headers), BIG_ENDIAN) == 0;
  }

  /**
   * The sum over pseudo-header, transport header (its checksum field included) and payload: 0xFFFF
   * when the field is right.
   */
  static int transportSum(DirectBuffer frame, Headers headers) {
    int length = headers.transportLength();
    if (headers.protocol() == Ipv4.PROTOCOL_UDP) {
      // UDP has a length of its own, and what lies behind it in the packet is not checked.
      length = frame.getShort(headers.transportOffset() + Udp.DATAGRAM_LENGTH, BIG_ENDIAN) & 0xFFFF;
    }
    return add(pseudoHeader(headers, length), sum(frame, headers.transportOffset(), length));
  }

  /** Offset in the frame of the TCP or UDP checksum field. */
  static int checksumOffset(Headers headers) {
    return headers.transportOffset()
        + (headers.protocol() == Ipv4.PROTOCOL_TCP ? Tcp.CHECKSUM : Udp.CHECKSUM);
  }

  /** The difference that a 16-bit word makes when it is rewritten. */
  public static int difference16(int before, int after) {
    return add(~before & 0xFFFF, after & 0xFFFF);
  }

  /** The difference that a 32-bit word (an address) makes when it is rewritten. */
  public static int difference32(int before, int after) {
    return fold((~before & 0xFFFF_FFFFL) + (after & 0xFFFF_FFFFL));
  }

  /** The difference that a 64-bit word (half an address of IPv6) makes when it is rewritten. */
  public static int difference64(long before, long after) {
    return fold(halves(~before) + halves(after));
  }

  /** An IPv4 or TCP checksum field after a rewrite: RFC 1624, equation 3. */
  public static int update(int field, int difference) {
    return ~add(~field & 0xFFFF, difference) & 0xFFFF;
  }

  /** A UDP checksum field after a rewrite: no checksum (0) stays none, a computed 0 is 0xFFFF. */
  public static int updateUdp(int field, int difference) {
    if (field == 0) {
      return 0;
    }
    int updated = update(field, difference);
    return updated == 0 ? 0xFFFF : updated;
  }

  /**
   * A partial TCP or UDP checksum field after a rewrite. It holds the sum of the pseudo-header, not
   * complemented: the difference of addresses and length enters it, that of ports never.
   */
  public static int updatePartial(int field, int difference) {
    return add(field, difference);
  }

  private static int fold(long sum) {
    long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
    folded = (folded & 0xFFFF) + (folded >>> 16);
    folded = (folded & 0xFFFF) + (folded >>> 16);
    return (int) ((folded & 0xFFFF) + (folded >>> 16));
  }
}
