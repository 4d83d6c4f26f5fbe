package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns a TCP frame into the RST that answers it, in place, as a host does that knows nothing of
 * the connection (RFC 9293, 3.10.7.1). It goes back to where the frame came from, with the frame's
 * VLAN tags and no more than the frame's bytes.
 */
final class ResetAnswer {
  private static final int TIME_TO_LIVE = 64;
  private static final int HEADER_WORDS = Ipv4.LENGTH / Integer.BYTES;

  private ResetAnswer() {}

  /** Answers a slot's frame; drops it where a host would not answer either. */
  static void answer(Slot slot, Reason why) {
    Headers headers = slot.headers();
    if (headers.hasTransportHeader() && (headers.tcpFlags() & Tcp.RST) == 0) {
      make(slot.frame(), headers);
      slot.answer(why);
    } else {
      slot.refuse(Reason.NO_FLOW);
    }
  }

  private static void make(Frame frame, Headers headers) {
    UnsafeBuffer bytes = frame.buffer();
    int network = headers.networkOffset();
    int sequenceNumber = bytes.getInt(headers.transportOffset() + Tcp.SEQUENCE, BIG_ENDIAN);
    int acknowledgment = bytes.getInt(headers.transportOffset() + Tcp.ACKNOWLEDGMENT, BIG_ENDIAN);
    int flags = headers.tcpFlags();
    boolean acknowledges = (flags & Tcp.ACK) != 0;

    long sourceMac = Ethernet.getMac(bytes, Ethernet.SOURCE);
    Ethernet.putMac(bytes, Ethernet.SOURCE, Ethernet.getMac(bytes, Ethernet.DESTINATION));
    Ethernet.putMac(bytes, Ethernet.DESTINATION, sourceMac);

    int transport =
        headers.isIpv6() ? ipv6(bytes, network, headers) : ipv4(bytes, network, headers);
    int consumed = headers.payloadLength() + (flags & Tcp.SYN) / Tcp.SYN + (flags & Tcp.FIN);
    bytes.putShort(transport + Tcp.SOURCE_PORT, (short) headers.destinationPort(), BIG_ENDIAN);
    bytes.putShort(transport + Tcp.DESTINATION_PORT, (short) headers.sourcePort(), BIG_ENDIAN);
    bytes.putInt(transport + Tcp.SEQUENCE, acknowledges ? acknowledgment : 0, BIG_ENDIAN);
    bytes.putInt(
        transport + Tcp.ACKNOWLEDGMENT, acknowledges ? 0 : sequenceNumber + consumed, BIG_ENDIAN);
    bytes.putByte(transport + Tcp.HEADER_LENGTH, (byte) (Tcp.LENGTH << 2));
    bytes.putByte(transport + Tcp.FLAGS, (byte) (acknowledges ? Tcp.RST : Tcp.RST | Tcp.ACK));
    bytes.putShort(transport + Tcp.WINDOW, (short) 0);
    bytes.putShort(transport + Tcp.CHECKSUM, (short) 0);
    bytes.putShort(transport + Tcp.URGENT_POINTER, (short) 0);
    int sum =
        Checksums.add(
            Checksums.pseudoHeader(headers, Tcp.LENGTH),
            Checksums.sum(bytes, transport, Tcp.LENGTH));
    bytes.putShort(transport + Tcp.CHECKSUM, (short) ~sum, BIG_ENDIAN);
    // Anew, as nothing of the frame's partial checksum or segments is left.
    frame.wrap(bytes.addressOffset(), transport + Tcp.LENGTH);
  }

  /** Returns where the transport header begins, as {@link #ipv6} does. */
  private static int ipv4(UnsafeBuffer bytes, int network, Headers headers) {
    bytes.putByte(network + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | HEADER_WORDS));
    bytes.putByte(network + Ipv4.TYPE_OF_SERVICE, (byte) 0);
    bytes.putShort(network + Ipv4.TOTAL_LENGTH, (short) (Ipv4.LENGTH + Tcp.LENGTH), BIG_ENDIAN);
    bytes.putShort(network + Ipv4.IDENTIFICATION, (short) 0);
    bytes.putShort(network + Ipv4.FRAGMENT, (short) Ipv4.DONT_FRAGMENT, BIG_ENDIAN);
    bytes.putByte(network + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(network + Ipv4.PROTOCOL, (byte) Ipv4.PROTOCOL_TCP);
    bytes.putInt(network + Ipv4.SOURCE, headers.destinationAddress(), BIG_ENDIAN);
    bytes.putInt(network + Ipv4.DESTINATION, headers.sourceAddress(), BIG_ENDIAN);
    bytes.putShort(network + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, network), BIG_ENDIAN);
    return network + Ipv4.LENGTH;
  }

  private static int ipv6(UnsafeBuffer bytes, int network, Headers headers) {
    bytes.putInt(network + Ipv6.VERSION_CLASS_LABEL, Ipv6.VERSION, BIG_ENDIAN);
    bytes.putShort(network + Ipv6.PAYLOAD_LENGTH, (short) Tcp.LENGTH, BIG_ENDIAN);
    bytes.putByte(network + Ipv6.NEXT_HEADER, (byte) Ipv4.PROTOCOL_TCP);
    bytes.putByte(network + Ipv6.HOP_LIMIT, (byte) TIME_TO_LIVE);
    bytes.putLong(network + Ipv6.SOURCE, headers.destinationHigh(), BIG_ENDIAN);
    bytes.putLong(network + Ipv6.SOURCE + Long.BYTES, headers.destinationLow(), BIG_ENDIAN);
    bytes.putLong(network + Ipv6.DESTINATION, headers.sourceHigh(), BIG_ENDIAN);
    bytes.putLong(network + Ipv6.DESTINATION + Long.BYTES, headers.sourceLow(), BIG_ENDIAN);
    return network + Ipv6.LENGTH;
  }
}
