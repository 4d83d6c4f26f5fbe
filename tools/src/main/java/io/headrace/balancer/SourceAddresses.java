package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.link.Interface;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The addresses that {@code source_addrs} names, by the interface that holds them. Immutable. */
final class SourceAddresses {
  private final Map<Integer, List<InetAddress>> byInterface = new HashMap<>();

  /**
   * @param named in the configuration
   * @param interfaces of this machine
   * @param towardsServers the indexes of those that lead to a server
   * @throws CommandFailure when an address is on none of these
   */
  SourceAddresses(
      List<InetAddress> named, List<Interface> interfaces, Set<Integer> towardsServers) {
    String ways =
        interfaces.stream()
            .filter(each -> towardsServers.contains(each.index()))
            .map(Interface::name)
            .collect(Collectors.joining(" or "));
    for (InetAddress address : named) {
      Interface holder =
          interfaces.stream()
              .filter(each -> each.holds(address))
              .findFirst()
              .orElseThrow(() -> nowhere(address, ways));
      if (!towardsServers.contains(holder.index())) {
        throw new CommandFailure(
            "source_addrs: %s is on %s, which leads to no server; use an address on %s"
                .formatted(Address.format(address), holder.name(), ways));
      }
      byInterface.computeIfAbsent(holder.index(), absent -> new ArrayList<>()).add(address);
    }
  }

  private static CommandFailure nowhere(InetAddress address, String ways) {
    return new CommandFailure(
        ("source_addrs: %1$s is on no interface of this machine; leave it out, or add it: ip address"
                + " add %1$s/%2$s dev %3$s")
            .formatted(Address.format(address), 8 * address.getAddress().length, ways));
  }

  /** Those named on an interface; empty for its own address alone. */
  List<InetAddress> on(int interfaceIndex) {
    return byInterface.getOrDefault(interfaceIndex, List.of());
  }

  /**
   * The same, without those that the interface has lost since.
   *
   * @param interfaces as they are now
   */
  List<InetAddress> heldOn(int interfaceIndex, List<Interface> interfaces) {
    return on(interfaceIndex).stream()
        .filter(
            address ->
                interfaces.stream()
                    .anyMatch(each -> each.index() == interfaceIndex && each.holds(address)))
        .toList();
  }
}
