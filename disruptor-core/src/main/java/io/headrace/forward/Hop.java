package io.headrace.forward;

import io.headrace.packet.IpAddress;

/**
 * The next hop towards a server.
 *
 * @param arm the index of the arm to send from, or {@link #UNRESOLVED}'s -1
 * @param mtu the longest IP packet that the way takes, in bytes
 * @param sourceMac the arm's own address, 48 bits
 * @param destinationMac of the server or its gateway, 48 bits
 * @param natAddresses what the server may see as its client, one at least, of the server's own
 *     family; not to be changed
 */
public record Hop(
    int arm, int mtu, long sourceMac, long destinationMac, IpAddress... natAddresses) {
  /** No way to the server is known now. */
  public static final Hop UNRESOLVED = new Hop(-1, 0, 0, 0);

  public boolean isResolved() {
    return arm >= 0;
  }
}
