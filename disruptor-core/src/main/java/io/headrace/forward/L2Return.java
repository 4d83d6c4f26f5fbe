package io.headrace.forward;

/**
 * The frame goes to the server's MAC address and is the same otherwise: the server, on the same
 * network, holds the frontend's address without telling anyone. As IPVS's direct routing and
 * Maglev's; no router, so the time to live stays.
 */
final class L2Return implements DirectReturn {
  @Override
  public void forward(Slot slot, Target target) {
    Hop hop = target.hop();
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.forward(hop.arm());
  }
}
