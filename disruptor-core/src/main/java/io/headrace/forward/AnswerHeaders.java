package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Headers of an answer of our own to a frame, in place of the frame's: from where it was sent to,
 * back to where it came from, with its VLAN tags.
 */
final class AnswerHeaders {
  private static final int TIME_TO_LIVE = 64;

  private AnswerHeaders() {}

  /**
   * Writes them.
   *
   * @param headers of the frame as it was
   * @param protocol of what follows
   * @param length of what follows, in bytes
   * @return where it begins
   */
  static int write(UnsafeBuffer bytes, Headers headers, int protocol, int length) {
    long sourceMac = Ethernet.getMac(bytes, Ethernet.SOURCE);
    Ethernet.putMac(bytes, Ethernet.SOURCE, Ethernet.getMac(bytes, Ethernet.DESTINATION));
    Ethernet.putMac(bytes, Ethernet.DESTINATION, sourceMac);
    int network = headers.networkOffset();
    if (headers.isIpv6()) {
      ipv6(bytes, network, headers, protocol, length);
      return network + Ipv6.LENGTH;
    }
    ipv4(bytes, network, headers, protocol, length);
    return network + Ipv4.LENGTH;
  }

  private static void ipv4(UnsafeBuffer bytes, int at, Headers headers, int protocol, int length) {
    bytes.putByte(at + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | Ipv4.LENGTH / Integer.BYTES));
    bytes.putByte(at + Ipv4.TYPE_OF_SERVICE, (byte) 0);
    bytes.putShort(at + Ipv4.TOTAL_LENGTH, (short) (Ipv4.LENGTH + length), BIG_ENDIAN);
    bytes.putShort(at + Ipv4.IDENTIFICATION, (short) 0);
    bytes.putShort(at + Ipv4.FRAGMENT, (short) Ipv4.DONT_FRAGMENT, BIG_ENDIAN);
    bytes.putByte(at + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(at + Ipv4.PROTOCOL, (byte) protocol);
    bytes.putInt(at + Ipv4.SOURCE, headers.destinationAddress(), BIG_ENDIAN);
    bytes.putInt(at + Ipv4.DESTINATION, headers.sourceAddress(), BIG_ENDIAN);
    bytes.putShort(at + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, at), BIG_ENDIAN);
  }

  private static void ipv6(UnsafeBuffer bytes, int at, Headers headers, int protocol, int length) {
    bytes.putInt(at + Ipv6.VERSION_CLASS_LABEL, Ipv6.VERSION, BIG_ENDIAN);
    bytes.putShort(at + Ipv6.PAYLOAD_LENGTH, (short) length, BIG_ENDIAN);
    bytes.putByte(at + Ipv6.NEXT_HEADER, (byte) protocol);
    bytes.putByte(at + Ipv6.HOP_LIMIT, (byte) TIME_TO_LIVE);
    bytes.putLong(at + Ipv6.SOURCE, headers.destinationHigh(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.SOURCE + Long.BYTES, headers.destinationLow(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION, headers.sourceHigh(), BIG_ENDIAN);
    bytes.putLong(at + Ipv6.DESTINATION + Long.BYTES, headers.sourceLow(), BIG_ENDIAN);
  }
}
