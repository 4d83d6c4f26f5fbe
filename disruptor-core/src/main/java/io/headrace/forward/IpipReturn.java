package io.headrace.forward;

import io.headrace.packet.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * IPv4 in IPv4 (RFC 2003). A receiver tells flows apart by the outer addresses alone, so the outer
 * source is one of a range, by the flow, and flows spread over its queues and cores; as Katran does
 * it.
 */
final class IpipReturn extends TunnelReturn {
  private static final int PROTOCOL_IPIP = 4;

  @Override
  public int length() {
    return Ipv4.LENGTH;
  }

  @Override
  int source(Slot slot, Target target) {
    return slot.frontend().outerSource(slot.tupleHash());
  }

  @Override
  public void write(UnsafeBuffer bytes, int at, int source, int destination, long flowHash) {
    writeIpv4(bytes, at, length(), PROTOCOL_IPIP, source, destination);
  }
}
