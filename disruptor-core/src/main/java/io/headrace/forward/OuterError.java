package io.headrace.forward;

import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.QuotedPacket;

/**
 * Hears what routers say of outer packets: an error about one comes to its source, which is the
 * balancer, and not to the client whose packet travels in it. How long a packet may be is kept for
 * the way to that server (RFC 2003, 5.1: a tunnel's soft state), and the client hears of it by the
 * answer to its next packet that is too long. Anybody can forge an error: one that does not fit
 * what it quotes is no news, and {@link TunnelReturn} has a least length that no error goes below.
 */
final class OuterError {
  /** What a router allows that does not say how much (RFC 1191, section 5). */
  private static final int UNSAID = 576;

  /** What the least link of IPv6 carries: less is never said (RFC 8201, section 4). */
  private static final int LEAST_IPV6 = 1280;

  private OuterError() {}

  /** Takes note of the slot's ICMP error if it quotes an outer packet to a server. */
  static Reason heed(Slot slot, ForwardingTable table) {
    QuotedPacket quoted = slot.quoted();
    PathMtu path = isOuter(quoted) ? table.pathMtuTo(quoted) : null;
    if (path == null || !goesToSender(slot.headers(), quoted)) {
      return Reason.ICMP;
    }
    if (!quoted.isTooBig()) {
      return Reason.OUTER_UNREACHED;
    }
    int mtu = quoted.nextHopMtu() == 0 && !quoted.isIpv6() ? UNSAID : quoted.nextHopMtu();
    if (mtu < quoted.packetLength() && !(quoted.isIpv6() && mtu < LEAST_IPV6)) {
      path.learn(mtu, slot.nowNs());
    }
    return Reason.OUTER_TOO_BIG;
  }

  private static boolean isOuter(QuotedPacket quoted) {
    return switch (quoted.protocol()) {
      case IpipReturn.PROTOCOL_IPV4, IpipReturn.PROTOCOL_IPV6 -> true;
      case Ipv4.PROTOCOL_UDP ->
          quoted.hasPorts()
              && quoted.destinationPort() == GueReturn.PORT
              && quoted.sourcePort() >= GueReturn.FIRST_SOURCE_PORT;
      default -> false;
    };
  }

  private static boolean goesToSender(Headers headers, QuotedPacket quoted) {
    return headers.isIpv6()
        ? headers.destinationHigh() == quoted.sourceHigh()
            && headers.destinationLow() == quoted.sourceLow()
        : headers.destinationAddress() == quoted.sourceAddress();
  }
}
