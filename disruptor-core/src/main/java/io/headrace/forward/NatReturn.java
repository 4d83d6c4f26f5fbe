package io.headrace.forward;

import io.headrace.packet.Headers;
import io.headrace.packet.QuotedPacket;

/**
 * Destination NAT alone: the frame goes to the server's address and port, the client's stay. What
 * leaves the server puts the frontend's back. As Convey's direct server return.
 */
final class NatReturn implements DirectReturn {
  @Override
  public void forward(Slot slot, Target target) {
    Headers headers = slot.headers();
    if (headers.timeToLive() <= 1) {
      slot.refuse(Reason.TTL_EXPIRED);
      return;
    }
    Hop hop = target.hop();
    if (slot.isError()) {
      rewriteError(slot, target);
    } else {
      NatRewrite.rewrite(
          slot.frame(),
          headers,
          headers.sourceAddress(),
          headers.sourcePort(),
          target.address().ipv4(),
          target.port());
    }
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.forward(hop.arm());
  }

  private static void rewriteError(Slot slot, Target target) {
    QuotedPacket quoted = slot.quoted();
    ErrorRewrite.rewrite(
        slot.frame().buffer(),
        slot.headers(),
        quoted,
        target.address().ipv4(),
        target.port(),
        quoted.destinationAddress(),
        quoted.destinationPort());
  }
}
