package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The packet travels to the server in another, which the server takes off; the server holds the
 * frontend's address. The balancer forwards, so the inner time to live is one less (RFC 2003, 3.1).
 * What the outer header leaves no room for is answered with "fragmentation needed" (RFC 1191).
 */
abstract sealed class TunnelReturn implements DirectReturn, OuterHeader
    permits IpipReturn, GueReturn {
  private static final int TIME_TO_LIVE = 64;

  /** VIRTIO_NET_HDR_GSO_UDP of the virtio specification: a datagram to be cut into fragments. */
  private static final int GSO_UDP_FRAGMENTS = 3;

  private static final int WHOLE = 0;
  private static final int TOO_BIG = -1;

  /** The outer source of a flow's packets. */
  abstract int source(Slot slot, Target target);

  @Override
  public final void forward(Slot slot, Target target) {
    Headers headers = slot.headers();
    if (headers.timeToLive() <= 1) {
      slot.refuse(Reason.TTL_EXPIRED);
      return;
    }
    Hop hop = target.hop();
    int segmentSize = segmentSize(slot, hop.mtu());
    if (segmentSize == TOO_BIG) {
      refuse(slot, hop.mtu() - length());
      return;
    }
    NatRewrite.countHop(slot.frame(), headers);
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.encapsulate(this, source(slot, target), target.address().ipv4(), segmentSize);
    slot.forward(hop.arm());
  }

  /**
   * Payload bytes of each piece that a super-frame is cut into; {@link #WHOLE} for a packet that
   * fits, {@link #TOO_BIG} for one that neither fits nor may be cut. TCP that may be fragmented is
   * cut as a stream, which its receiver notices less.
   */
  private int segmentSize(Slot slot, int mtu) {
    Headers headers = slot.headers();
    Frame frame = slot.frame();
    int room = mtu - length();
    int headersLength = headers.payloadOffset() - headers.networkOffset();
    int most = room - headersLength;
    boolean tcp = headers.protocol() == Ipv4.PROTOCOL_TCP;
    boolean mayCut = tcp && most > 0 && !mustNotFragment(slot);
    int told = frame.gsoSize();
    if (told > 0 && told < headers.payloadLength()) {
      if (frame.gsoType() != GSO_UDP_FRAGMENTS && told <= most) {
        return told;
      }
      return mayCut ? most : TOO_BIG;
    }
    if (headers.packetLength() <= room) {
      return WHOLE;
    }
    // Longer than what the network carries: a super-frame whose source could not say how long its
    // segments are.
    boolean superFrame = tcp && most > 0 && headers.packetLength() > mtu;
    return superFrame || mayCut ? most : TOO_BIG;
  }

  private static boolean mustNotFragment(Slot slot) {
    int field =
        slot.frame().buffer().getShort(slot.headers().networkOffset() + Ipv4.FRAGMENT, BIG_ENDIAN);
    return (field & Ipv4.DONT_FRAGMENT) != 0;
  }

  private static void refuse(Slot slot, int room) {
    if (mustNotFragment(slot)) {
      TooBigAnswer.make(slot.frame(), slot.headers(), room);
      slot.answer(Reason.TOO_BIG_ANSWERED);
    } else {
      slot.refuse(Reason.TOO_BIG);
    }
  }

  /**
   * Writes an IPv4 header without options. DSCP and ECN are the inner packet's (RFC 2983, uniform;
   * RFC 6040, normal mode), and so is "don't fragment" (RFC 2003). Identification is the inner one:
   * as unique as that.
   */
  static void writeIpv4(
      UnsafeBuffer bytes, int at, int length, int protocol, int source, int destination) {
    int inner = at + length;
    int innerLength = bytes.getShort(inner + Ipv4.TOTAL_LENGTH, BIG_ENDIAN) & 0xFFFF;
    int fragment = bytes.getShort(inner + Ipv4.FRAGMENT, BIG_ENDIAN) & Ipv4.DONT_FRAGMENT;
    bytes.putByte(at + Ipv4.VERSION_AND_LENGTH, (byte) (4 << 4 | Ipv4.LENGTH / Integer.BYTES));
    bytes.putByte(at + Ipv4.TYPE_OF_SERVICE, bytes.getByte(inner + Ipv4.TYPE_OF_SERVICE));
    bytes.putShort(at + Ipv4.TOTAL_LENGTH, (short) (innerLength + length), BIG_ENDIAN);
    bytes.putShort(at + Ipv4.IDENTIFICATION, bytes.getShort(inner + Ipv4.IDENTIFICATION));
    bytes.putShort(at + Ipv4.FRAGMENT, (short) fragment, BIG_ENDIAN);
    bytes.putByte(at + Ipv4.TIME_TO_LIVE, (byte) TIME_TO_LIVE);
    bytes.putByte(at + Ipv4.PROTOCOL, (byte) protocol);
    bytes.putInt(at + Ipv4.SOURCE, source, BIG_ENDIAN);
    bytes.putInt(at + Ipv4.DESTINATION, destination, BIG_ENDIAN);
    bytes.putShort(at + Ipv4.CHECKSUM, (short) Checksums.ipv4(bytes, at), BIG_ENDIAN);
  }
}
