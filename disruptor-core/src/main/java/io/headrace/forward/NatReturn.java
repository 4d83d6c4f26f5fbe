package io.headrace.forward;

import io.headrace.packet.Headers;

/**
 * Destination NAT alone: the frame goes to the server's address and port, the client's stay. What
 * leaves the server puts the frontend's back. As Convey's direct server return.
 */
final class NatReturn implements DirectReturn {
  private final LastHop lastHop;

  /**
   * @param lastHop of packets that may travel no further
   */
  NatReturn(LastHop lastHop) {
    this.lastHop = lastHop;
  }

  @Override
  public void forward(Slot slot, Target target) {
    Headers headers = slot.headers();
    if (headers.timeToLive() <= 1) {
      lastHop.refuse(slot);
      return;
    }
    Hop hop = target.hop();
    if (slot.isError()) {
      ErrorRewrite.source(slot, target.address(), target.port());
    } else {
      NatRewrite.destination(slot.frame(), headers, target.address(), target.port());
    }
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.forward(hop.arm());
  }
}
