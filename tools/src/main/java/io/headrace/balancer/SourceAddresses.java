package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.PassthroughConfig;
import io.headrace.link.Interface;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.registry.Snapshot;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The addresses that {@code source_addrs} names, by the interface that holds them. Immutable. */
public final class SourceAddresses {
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
            "source_addrs: %s is on %s, which leads to no server"
                .formatted(Address.format(address), holder.name()),
            "use an address on " + ways);
      }
      byInterface.computeIfAbsent(holder.index(), absent -> new ArrayList<>()).add(address);
    }
  }

  /**
   * Those of a configuration.
   *
   * @throws CommandFailure when one is on no interface that leads to a server
   */
  public static SourceAddresses of(Snapshot snapshot, PassthroughConfig settings, Links links) {
    return new SourceAddresses(
        settings.sourceAddrs(), links.interfaces(), towardsServers(snapshot, links));
  }

  private static Set<Integer> towardsServers(Snapshot snapshot, Links links) {
    return snapshot.pools().stream()
        .flatMap(pool -> pool.servers().stream())
        .map(server -> links.route(server.address().getAddress()))
        .filter(Route.Via.class::isInstance)
        .map(route -> ((Route.Via) route).interfaceIndex())
        .collect(Collectors.toSet());
  }

  private static CommandFailure nowhere(InetAddress address, String ways) {
    return new CommandFailure(
        "source_addrs: %s is on no interface of this machine".formatted(Address.format(address)),
        "leave it out, or add it: ip address add %s/%s dev %s"
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
