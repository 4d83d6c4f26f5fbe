package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * The ICMP header, RFC 792, and that of ICMPv6, RFC 4443, whose error messages quote the packet
 * that they are about.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |           Checksum            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Of the type: the next hop's MTU, a pointer           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     IP header and at least eight bytes of what it carries    ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Icmp {
  public static final int TYPE = 0;
  public static final int CODE = 1;
  public static final int CHECKSUM = 2;

  /** Where a quoted packet begins. */
  public static final int LENGTH = 8;

  /** Errors of ICMP. */
  public static final int UNREACHABLE = 3;

  public static final int TIME_EXCEEDED = 11;
  public static final int PARAMETER_PROBLEM = 12;

  /** Errors of ICMPv6 have the types below. */
  private static final int FIRST_INFORMATIONAL = 128;

  /** The code of {@link #UNREACHABLE} for a packet that is too long and not to be fragmented. */
  private static final int FRAGMENTATION_NEEDED = 4;

  private static final int PACKET_TOO_BIG = 2;
  private static final int MTU = 4;
  private static final int LARGEST_PACKET = 0xFFFF;

  private Icmp() {}

  /** Whether a message of this type quotes a packet. */
  static boolean isError(boolean ipv6, int type) {
    return ipv6
        ? type < FIRST_INFORMATIONAL
        : type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
  }

  /** Whether an error at an offset says that its packet was too long for a link. */
  static boolean isTooBig(DirectBuffer frame, int at, boolean ipv6) {
    int type = frame.getByte(at + TYPE) & 0xFF;
    return ipv6
        ? type == PACKET_TOO_BIG
        : type == UNREACHABLE && frame.getByte(at + CODE) == FRAGMENTATION_NEEDED;
  }

  /** What such an error says of the next hop's MTU (RFC 1191, RFC 8201); 0 for nothing. */
  static int nextHopMtu(DirectBuffer frame, int at, boolean ipv6) {
    int mtu = frame.getInt(at + MTU, BIG_ENDIAN);
    if (ipv6) {
      return mtu > 0 && mtu <= LARGEST_PACKET ? mtu : 0;
    }
    return mtu & LARGEST_PACKET;
  }
}
