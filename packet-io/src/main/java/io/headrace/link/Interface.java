package io.headrace.link;

import java.net.InetAddress;
import java.util.List;

/**
 * A network interface as the kernel described it at one moment.
 *
 * @param index the kernel's number for it
 * @param name as {@code ip link} shows it
 * @param mac its 48-bit Ethernet address, the first byte on the wire most significant; 0 where it
 *     has none
 * @param mtu the longest IP packet, in bytes
 * @param up whether it is switched on and has a carrier
 * @param loopback whether what is sent on it comes back
 * @param addresses its addresses, of both families
 */
public record Interface(
    int index,
    String name,
    long mac,
    int mtu,
    boolean up,
    boolean loopback,
    List<Address> addresses) {

  public Interface {
    addresses = List.copyOf(addresses);
  }

  /**
   * An address of an interface.
   *
   * @param address its own
   * @param prefixLength leading bits that its network shares
   */
  public record Address(InetAddress address, int prefixLength) {}

  /** Whether it holds an address as its own. */
  public boolean holds(InetAddress address) {
    return addresses.stream().anyMatch(a -> a.address().equals(address));
  }
}
