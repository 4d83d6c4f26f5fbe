package io.headrace.forward;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * An IP packet in another, of either family each (RFC 2003, RFC 2473, RFC 4213). A receiver tells
 * flows apart by the outer addresses alone, so the outer source is one of a range, by the flow, and
 * flows spread over its queues and cores; as Katran does it.
 */
final class IpipReturn extends TunnelReturn {
  static final int PROTOCOL_IPV4 = 4;
  static final int PROTOCOL_IPV6 = 41;

  IpipReturn(LastHop lastHop) {
    super(lastHop, 0);
  }

  private static OuterSources sources(Slot slot, Target target) {
    Frontend frontend = slot.frontend();
    return target.address().isIpv6() ? frontend.ipv6Sources() : frontend.ipv4Sources();
  }

  @Override
  long sourceHigh(Slot slot, Target target) {
    return sources(slot, target).high();
  }

  @Override
  long sourceLow(Slot slot, Target target) {
    return sources(slot, target).low(slot.tupleHash());
  }

  @Override
  int protocol(boolean ipv6Inside) {
    return ipv6Inside ? PROTOCOL_IPV6 : PROTOCOL_IPV4;
  }

  /** Nothing is. */
  @Override
  void writeBetween(UnsafeBuffer bytes, int at, int length, long flowHash) {}
}
