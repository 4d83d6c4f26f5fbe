package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Headers;
import io.headrace.packet.Icmp;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns a frame into an ICMP error that answers it. The error comes from the address that the
 * packet was for, quotes as much of it as fits into 576 bytes (RFC 1812, 4.3.2.3) or into the least
 * MTU of IPv6, and goes back to where the frame came from, with its VLAN tags.
 */
final class IcmpAnswer {
  private static final int UNREACHABLE = 3;
  private static final int FRAGMENTATION_NEEDED = 4;
  private static final int TIME_EXCEEDED = 11;
  private static final int LONGEST = 576;
  private static final int PACKET_TOO_BIG_IPV6 = 2;
  private static final int TIME_EXCEEDED_IPV6 = 3;
  private static final int LONGEST_IPV6 = 1280;

  private IcmpAnswer() {}

  /**
   * Says how long a packet may be: destination unreachable, fragmentation needed (RFC 792; the MTU:
   * RFC 1191), or packet too big (RFC 4443, 3.2).
   *
   * @param headers of the frame as it is before
   * @param mtu the longest packet that gets through, in bytes
   */
  static void tooBig(Frame frame, Headers headers, int mtu) {
    if (headers.isIpv6()) {
      make(frame, headers, PACKET_TOO_BIG_IPV6, 0, mtu);
    } else {
      make(frame, headers, UNREACHABLE, FRAGMENTATION_NEEDED, mtu);
    }
  }

  /**
   * Says that a packet's time to live ended here (RFC 792; RFC 4443, 3.3).
   *
   * @param headers of the frame as it is before
   */
  static void timeExceeded(Frame frame, Headers headers) {
    make(frame, headers, headers.isIpv6() ? TIME_EXCEEDED_IPV6 : TIME_EXCEEDED, 0, 0);
  }

  private static void make(Frame frame, Headers headers, int type, int code, int word) {
    boolean ipv6 = headers.isIpv6();
    int added = (ipv6 ? Ipv6.LENGTH : Ipv4.LENGTH) + Icmp.LENGTH;
    int quoted = Math.min(headers.packetLength(), (ipv6 ? LONGEST_IPV6 : LONGEST) - added);
    int network = headers.networkOffset();
    frame.wrap(frame.buffer().addressOffset(), network + quoted);
    frame.insert(network, added);
    UnsafeBuffer bytes = frame.buffer();

    int length = Icmp.LENGTH + quoted;
    int protocol = ipv6 ? Ipv6.PROTOCOL_ICMP : Ipv4.PROTOCOL_ICMP;
    int message = AnswerHeaders.write(bytes, headers, protocol, length);
    int pseudoHeader =
        ipv6
            ? Checksums.pseudoHeader(
                headers.destinationHigh(),
                headers.destinationLow(),
                headers.sourceHigh(),
                headers.sourceLow(),
                protocol,
                length)
            : 0;
    icmp(bytes, message, type, code, word, length, pseudoHeader);
  }

  /**
   * @param word the second of the message; both versions have an MTU at its end
   */
  private static void icmp(
      UnsafeBuffer bytes, int at, int type, int code, int word, int length, int pseudoHeader) {
    bytes.putByte(at + Icmp.TYPE, (byte) type);
    bytes.putByte(at + Icmp.CODE, (byte) code);
    bytes.putShort(at + Icmp.CHECKSUM, (short) 0);
    bytes.putInt(at + Integer.BYTES, word, BIG_ENDIAN);
    int sum = Checksums.add(pseudoHeader, Checksums.sum(bytes, at, length));
    bytes.putShort(at + Icmp.CHECKSUM, (short) ~sum, BIG_ENDIAN);
  }
}
