package io.headrace.balancer;

import io.headrace.config.Address;
import io.headrace.config.Mode;
import io.headrace.config.Source;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Hop;
import io.headrace.link.GuardState;
import io.headrace.link.GuardState.Endpoint;
import io.headrace.link.Interface;
import io.headrace.link.LinkView;
import io.headrace.link.Links;
import io.headrace.link.NextHop;
import io.headrace.link.PortSet;
import io.headrace.link.Resolution;
import io.headrace.link.Route;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the machine and its network mean for the data path: the next hop of a server, and what the
 * kernel has to leave alone.
 */
final class Surroundings {
  private static final Logger LOG = LoggerFactory.getLogger(Surroundings.class);

  private final Links links;
  private final Arms arms;
  private final PortSet natPorts;

  /** What was ever configured: flows may outlive it. */
  private final Set<Endpoint> servers = new HashSet<>();

  private final Set<Endpoint> returning = new HashSet<>();

  private final Map<Endpoint, Integer> frontends = new HashMap<>();
  private final Set<InetAddress> natAddresses = new HashSet<>();

  /** Servers that were said to be behind an interface without an arm. */
  private final Set<Server> unreachable = new HashSet<>();

  Surroundings(Links links, Arms arms, PortSet natPorts) {
    this.links = links;
    this.arms = arms;
    this.natPorts = natPorts;
  }

  /** The next hop towards a server. */
  Hop hop(Server server, LinkView view) {
    Resolution resolution = view.nextHops().get(server.address().getAddress());
    if (resolution instanceof Resolution.Resolved(NextHop next)) {
      int arm = arms.indexOf(next.interfaceIndex());
      if (arm >= 0) {
        unreachable.remove(server);
        return new Hop(
            arm, next.mtu(), next.sourceMac(), next.destinationMac(), natAddresses(next, view));
      }
      if (unreachable.add(server)) {
        LOG.error(
            "server {} ({}) is behind {} now, an interface that was not in use at the start: frames"
                + " to it are dropped; start headrace again",
            server.name(),
            Address.format(server.address()),
            name(next.interfaceIndex(), view));
      }
    }
    return Hop.UNRESOLVED;
  }

  private IpAddress[] natAddresses(NextHop next, LinkView view) {
    List<InetAddress> named =
        arms.sourceAddresses().heldOn(next.interfaceIndex(), view.interfaces()).stream()
            .filter(each -> each.getClass() == next.source().getClass())
            .toList();
    return (named.isEmpty() ? List.of(next.source()) : named)
        .stream().map(IpAddress::of).toArray(IpAddress[]::new);
  }

  private static String name(int interfaceIndex, LinkView view) {
    return view.interfaces().stream()
        .filter(each -> each.index() == interfaceIndex)
        .map(Interface::name)
        .findFirst()
        .orElse("interface " + interfaceIndex);
  }

  /** The MAC addresses of the arms' interfaces, by the arms' indexes. */
  Map<Integer, Long> macs(LinkView view) {
    return view.interfaces().stream()
        .filter(each -> arms.indexOf(each.index()) >= 0)
        .collect(Collectors.toMap(each -> arms.indexOf(each.index()), Interface::mac));
  }

  /**
   * What the kernel has to leave alone: every configured frontend and every one that still has
   * connections, and the answers of every server that was ever configured, whose flows may be
   * alive.
   */
  GuardState guard(Snapshot snapshot, ForwardingTable table) {
    Set<Endpoint> guardedFrontends = new HashSet<>();
    for (Service service : snapshot.services()) {
      int protocol = service.protocol().number();
      Endpoint frontend =
          new Endpoint(protocol, service.listen().getAddress(), service.listen().getPort());
      frontends.put(frontend, service.id());
      guardedFrontends.add(frontend);
      if (service.mode() == Mode.DSR) {
        // Its servers answer past this machine.
        continue;
      }
      for (Server server : service.pool().servers()) {
        InetAddress address = server.address().getAddress();
        Set<Endpoint> answering = service.source() == Source.CLIENT ? returning : servers;
        answering.add(new Endpoint(protocol, address, server.address().getPort()));
        if (links.route(address) instanceof Route.Via via) {
          // The route's own too, where others are named: earlier flows may have it.
          natAddresses.add(via.source());
          natAddresses.addAll(arms.sourceAddresses().on(via.interfaceIndex()));
        }
      }
    }
    frontends.forEach(
        (frontend, id) -> {
          if (hasConnections(table, id)) {
            guardedFrontends.add(frontend);
          }
        });
    return new GuardState(
        arms.names(), guardedFrontends, servers, returning, natAddresses, natPorts);
  }

  /** What servers may answer to: the addresses that this machine sends from, to any server. */
  Set<IpAddress> natAddresses() {
    return natAddresses.stream().map(IpAddress::of).collect(Collectors.toSet());
  }

  private static boolean hasConnections(ForwardingTable table, int frontend) {
    return table.frontends().stream()
        .anyMatch(each -> each.service().id() == frontend && each.hasConnections());
  }
}
