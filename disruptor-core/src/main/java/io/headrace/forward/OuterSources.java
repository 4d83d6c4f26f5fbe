package io.headrace.forward;

import io.headrace.config.Cidr;
import io.headrace.packet.IpAddress;

/**
 * The addresses that outer packets come from, each flow's from one of them: a receiver tells flows
 * apart by the outer addresses alone.
 *
 * @param high of each address, as {@link IpAddress} has it
 * @param lowest of what follows
 * @param mask the bits of that in which they differ
 */
public record OuterSources(long high, long lowest, long mask) {
  /** Those of a range; of one of IPv6 that has more than 64 bits, the last 64. */
  static OuterSources of(Cidr range) {
    IpAddress network = IpAddress.of(range.network());
    int variable = (network.isIpv6() ? 2 * Long.SIZE : Integer.SIZE) - range.bits();
    long mask = variable == 0 ? 0 : -1L >>> Math.max(0, Long.SIZE - variable);
    return new OuterSources(network.high(), network.low(), mask);
  }

  /** The low half of a flow's address. */
  long low(long flowHash) {
    return lowest | flowHash >>> Short.SIZE & mask;
  }
}
