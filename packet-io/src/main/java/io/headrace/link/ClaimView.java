package io.headrace.link;

/**
 * What there is of a {@link HostClaim} in a network namespace, for those who only look.
 *
 * @param held whether a process has it
 * @param reserved ports of the kernel's list that are a balancer's
 * @param operators ports of the list that are somebody else's
 * @param inUse local ports of the sockets that are open now
 */
public record ClaimView(boolean held, PortSet reserved, PortSet operators, PortSet inUse) {
  /** The NAT ports that a start would get, of those that it would like to use. */
  public PortSet usable(PortSet natPorts, PortSet frontendPorts) {
    return ReservedPorts.usable(natPorts, operators, frontendPorts, inUse);
  }
}
