package io.headrace.forward;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The packet travels to the server in another, of either family, which the server takes off; the
 * server holds the frontend's address. The balancer forwards, so the inner time to live is one less
 * (RFC 2003, 3.1). What the outer header leaves no room for is answered with "fragmentation needed"
 * (RFC 1191) or "packet too big" (RFC 4443): on the arm, or anywhere on the way to the server as
 * far as routers have said so ({@link PathMtu}).
 */
abstract sealed class TunnelReturn implements DirectReturn permits IpipReturn, GueReturn {
  /** VIRTIO_NET_HDR_GSO_UDP of the virtio specification: a datagram to be cut into fragments. */
  private static final int GSO_UDP_FRAGMENTS = 3;

  /**
   * What no router's word takes from a packet within: forged, it would have traffic in crumbs. For
   * IPv4 as Linux has it (min_pmtu); any link carries the other (RFC 8200, section 5).
   */
  private static final int LEAST_IPV4 = 552;

  private static final int LEAST_IPV6 = 1280;

  private static final int WHOLE = 0;
  private static final int TOO_BIG = -1;

  private final LastHop lastHop;
  private final int between;
  private final OuterHeader overIpv4;
  private final OuterHeader overIpv6;

  /**
   * @param lastHop of packets that may travel no further
   * @param between bytes between the outer IP header and the packet
   */
  TunnelReturn(LastHop lastHop, int between) {
    this.lastHop = lastHop;
    this.between = between;
    overIpv4 = new Header(false);
    overIpv6 = new Header(true);
  }

  /** The outer source of a flow's packets, which is of the server's family. */
  abstract long sourceHigh(Slot slot, Target target);

  abstract long sourceLow(Slot slot, Target target);

  /** The number by which the outer IP header says what follows it. */
  abstract int protocol(boolean ipv6Inside);

  /**
   * Writes what stands between the outer IP header and the packet.
   *
   * @param length of it and the packet
   */
  abstract void writeBetween(UnsafeBuffer bytes, int at, int length, long flowHash);

  /** All that goes before the packet. */
  private final class Header implements OuterHeader {
    private final boolean ipv6;
    private final int ipLength;

    Header(boolean ipv6) {
      this.ipv6 = ipv6;
      ipLength = ipv6 ? Ipv6.LENGTH : Ipv4.LENGTH;
    }

    @Override
    public int length() {
      return ipLength + between;
    }

    @Override
    public void write(
        UnsafeBuffer bytes,
        int at,
        long sourceHigh,
        long sourceLow,
        IpAddress destination,
        long flowHash) {
      int protocol = protocol(OuterIp.isIpv6(bytes, at + length()));
      int rest =
          ipv6
              ? OuterIp.writeIpv6(
                  bytes, at, length(), protocol, sourceHigh, sourceLow, destination, flowHash)
              : OuterIp.writeIpv4(
                  bytes, at, length(), protocol, (int) sourceLow, destination.ipv4());
      writeBetween(bytes, at + ipLength, rest, flowHash);
    }
  }

  @Override
  public final void forward(Slot slot, Target target) {
    Headers headers = slot.headers();
    if (headers.timeToLive() <= 1) {
      lastHop.refuse(slot);
      return;
    }
    Hop hop = target.hop();
    OuterHeader outer = target.address().isIpv6() ? overIpv6 : overIpv4;
    int room = room(slot, target, outer.length());
    int segmentSize = segmentSize(slot, room, hop.mtu());
    if (segmentSize == TOO_BIG) {
      refuse(slot, room);
      return;
    }
    NatRewrite.countHop(slot.frame(), headers);
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.encapsulate(
        outer, sourceHigh(slot, target), sourceLow(slot, target), target.address(), segmentSize);
    slot.forward(hop.arm());
  }

  /** The longest packet that may travel in another. What may be fragmented, routers fragment. */
  private static int room(Slot slot, Target target, int outer) {
    int ofArm = target.hop().mtu() - outer;
    if (!mustNotFragment(slot)) {
      return ofArm;
    }
    int least = slot.headers().isIpv6() ? LEAST_IPV6 : LEAST_IPV4;
    return Math.min(ofArm, Math.max(least, target.pathMtu().most(slot.nowNs()) - outer));
  }

  /**
   * Payload bytes of each piece that a super-frame is cut into; {@link #WHOLE} for a packet that
   * fits, {@link #TOO_BIG} for one that neither fits nor may be cut. TCP that may be fragmented is
   * cut as a stream, which its receiver notices less.
   */
  private static int segmentSize(Slot slot, int room, int mtu) {
    Headers headers = slot.headers();
    Frame frame = slot.frame();
    int headersLength = headers.payloadOffset() - headers.networkOffset();
    int most = room - headersLength;
    boolean tcp = headers.protocol() == Ipv4.PROTOCOL_TCP && !headers.isFragment();
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

  /** No router cuts a packet of IPv6. */
  private static boolean mustNotFragment(Slot slot) {
    Headers headers = slot.headers();
    int field = slot.frame().buffer().getShort(headers.networkOffset() + Ipv4.FRAGMENT, BIG_ENDIAN);
    return headers.isIpv6() || (field & Ipv4.DONT_FRAGMENT) != 0;
  }

  private static void refuse(Slot slot, int room) {
    // No error answers an error (RFC 1122, 3.2.2).
    if (mustNotFragment(slot) && !slot.isError()) {
      IcmpAnswer.tooBig(slot.frame(), slot.headers(), room);
      slot.answer(Reason.TOO_BIG_ANSWERED);
    } else {
      slot.refuse(Reason.TOO_BIG);
    }
  }
}
