package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Turns a TCP frame into the RST that answers it, in place, as a host does that knows nothing of
 * the connection (RFC 9293, 3.10.7.1). It goes back to where the frame came from, with the frame's
 * VLAN tags and no more than the frame's bytes.
 */
final class ResetAnswer {
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
    int sequenceNumber = bytes.getInt(headers.transportOffset() + Tcp.SEQUENCE, BIG_ENDIAN);
    int acknowledgment = bytes.getInt(headers.transportOffset() + Tcp.ACKNOWLEDGMENT, BIG_ENDIAN);
    int flags = headers.tcpFlags();
    boolean acknowledges = (flags & Tcp.ACK) != 0;

    int transport = AnswerHeaders.write(bytes, headers, Ipv4.PROTOCOL_TCP, Tcp.LENGTH);
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
}
