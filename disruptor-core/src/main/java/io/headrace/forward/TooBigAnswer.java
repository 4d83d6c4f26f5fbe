package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns a frame of IPv4 into the error that says how long a packet may be: ICMP destination
 * unreachable, fragmentation needed (RFC 792; the MTU: RFC 1191). It comes from the address that
 * the packet was for, quotes as much of it as fits into 576 bytes (RFC 1812, 4.3.2.3), and goes
 * back to where the frame came from, with its VLAN tags.
 */
final class TooBigAnswer {
  private static final int ICMP_LENGTH = 8;
  private static final int TYPE_UNREACHABLE = 3;
  private static final int CODE_FRAGMENTATION_NEEDED = 4;
  private static final int LONGEST = 576;
  private static final int TIME_TO_LIVE = 64;
  private static final int ADDED = Ipv4.LENGTH + ICMP_LENGTH;

  private TooBigAnswer() {}

  /**
   * @param headers of the frame as it is before
   * @param mtu the longest packet that gets through, in bytes
   */
  static void make(Frame frame, Headers headers, int mtu) {
    int network = headers.networkOffset();
    int quoted = Math.min(headers.packetLength(), LONGEST - ADDED);
    frame.wrap(frame.buffer().addressOffset(), network + quoted);
    frame.insert(network, ADDED);
    UnsafeBuffer bytes = frame.buffer();

    long sourceMac = Ethernet.getMac(bytes, Ethernet.SOURCE);
    Ethernet.putMac(bytes, Ethernet.SOURCE, Ethernet.getMac(bytes, Ethernet.DESTINATION));
    Ethernet.putMac(bytes, Ethernet.DESTINATION, sourceMac);

    bytes.putByte(network + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | Ipv4.LENGTH / Integer.BYTES));
    bytes.putByte(network + Ipv4.TYPE_OF_SERVICE, (byte) 0);
    bytes.putShort(network + Ipv4.TOTAL_LENGTH, (short) (ADDED + quoted), BIG_ENDIAN);
    bytes.putShort(network + Ipv4.IDENTIFICATION, (short) 0);
    bytes.putShort(network + Ipv4.FRAGMENT, (short) Ipv4.DONT_FRAGMENT, BIG_ENDIAN);
    bytes.putByte(network + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(network + Ipv4.PROTOCOL, (byte) Ipv4.PROTOCOL_ICMP);
    bytes.putInt(network + Ipv4.SOURCE, headers.destinationAddress(), BIG_ENDIAN);
    bytes.putInt(network + Ipv4.DESTINATION, headers.sourceAddress(), BIG_ENDIAN);
    bytes.putShort(network + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, network), BIG_ENDIAN);

    int icmp = network + Ipv4.LENGTH;
    bytes.putByte(icmp, (byte) TYPE_UNREACHABLE);
    bytes.putByte(icmp + 1, (byte) CODE_FRAGMENTATION_NEEDED);
    bytes.putInt(icmp + 2, 0);
    bytes.putShort(icmp + 6, (short) mtu, BIG_ENDIAN);
    int sum = Checksums.sum(bytes, icmp, ICMP_LENGTH + quoted);
    bytes.putShort(icmp + 2, (short) ~sum, BIG_ENDIAN);
  }
}
