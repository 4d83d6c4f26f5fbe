package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
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
  private static final int TIME_TO_LIVE = 64;

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

    long sourceMac = Ethernet.getMac(bytes, Ethernet.SOURCE);
    Ethernet.putMac(bytes, Ethernet.SOURCE, Ethernet.getMac(bytes, Ethernet.DESTINATION));
    Ethernet.putMac(bytes, Ethernet.DESTINATION, sourceMac);

    int message = Icmp.LENGTH + quoted;
    if (ipv6) {
      ipv6(bytes, network, headers, message);
      int pseudoHeader =
          Checksums.pseudoHeader(
              headers.destinationHigh(),
              headers.destinationLow(),
              headers.sourceHigh(),
              headers.sourceLow(),
              Ipv6.PROTOCOL_ICMP,
              message);
      icmp(bytes, network + Ipv6.LENGTH, type, code, word, message, pseudoHeader);
    } else {
      ipv4(bytes, network, headers, message);
      icmp(bytes, network + Ipv4.LENGTH, type, code, word, message, 0);
    }
  }

  private static void ipv4(UnsafeBuffer bytes, int at, Headers headers, int message) {
    bytes.putByte(at + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | Ipv4.LENGTH / Integer.BYTES));
    bytes.putByte(at + Ipv4.TYPE_OF_SERVICE, (byte) 0);
    bytes.putShort(at + Ipv4.TOTAL_LENGTH, (short) (Ipv4.LENGTH + message), BIG_ENDIAN);
    bytes.putShort(at + Ipv4.IDENTIFICATION, (short) 0);
    bytes.putShort(at + Ipv4.FRAGMENT, (short) Ipv4.DONT_FRAGMENT, BIG_ENDIAN);
    bytes.putByte(at + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(at + Ipv4.PROTOCOL, (byte) Ipv4.PROTOCOL_ICMP);
    bytes.putInt(at + Ipv4.SOURCE, headers.destinationAddress(), BIG_ENDIAN);
    bytes.putInt(at + Ipv4.DESTINATION, headers.sourceAddress(), BIG_ENDIAN);
    bytes.putShort(at + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, at), BIG_ENDIAN);
  }

  private static void ipv6(UnsafeBuffer bytes, int at, Headers headers, int message) {
    bytes.putInt(at + Ipv6.VERSION_CLASS_LABEL, Ipv6.VERSION, BIG_ENDIAN);
    bytes.putShort(at + Ipv6.PAYLOAD_LENGTH, (short) message, BIG_ENDIAN);
    bytes.putByte(at + Ipv6.NEXT_HEADER, (byte) Ipv6.PROTOCOL_ICMP);
    bytes.putByte(at + Ipv6.HOP_LIMIT, (byte) TIME_TO_LIVE);
    bytes.putLong(at + Ipv6.SOURCE, headers.destinationHigh(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.SOURCE + Long.BYTES, headers.destinationLow(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION, headers.sourceHigh(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION + Long.BYTES, headers.sourceLow(), BIG_ENDIAN);
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
