package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.DsrConfig.Way;
import io.headrace.config.Mode;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.Inet6Address;
import java.net.InetAddress;

/** Whether frames can be sent to the servers. */
public final class ServerAddresses {
  private ServerAddresses() {}

  /**
   * Checks every server. One that no route leads to now is none of this: routes come and go.
   *
   * @throws CommandFailure when a server is this machine, whose own frames cross no interface, or
   *     behind a router that would send them back
   */
  public static void check(Snapshot snapshot, Links links) {
    for (Pool pool : snapshot.pools()) {
      for (Server server : pool.servers()) {
        if (links.route(server.address().getAddress()) instanceof Route.Loopback) {
          throw new CommandFailure(
              name(server) + " is this machine itself, and passthrough sends frames to others",
              "run the server on another machine or in a network namespace of its own");
        }
      }
    }
    for (Service service : snapshot.services()) {
      if (service.mode() == Mode.DSR && service.dsr().way().keepsDestination()) {
        service.pool().servers().forEach(server -> requireAnotherSource(service, server, links));
        if (service.dsr().way() == Way.L2) {
          requireSameNetwork(service, links);
        }
      }
    }
  }

  /** Who holds an address himself takes no packet that comes from it. */
  private static void requireAnotherSource(Service service, Server server, Links links) {
    InetAddress listen = service.listen().getAddress();
    if (links.route(server.address().getAddress()) instanceof Route.Via via
        && via.source().equals(listen)) {
      throw new CommandFailure(
          "frontend "
              + service.name()
              + ": this machine itself talks to "
              + name(server)
              + " from "
              + listen.getHostAddress()
              + ", which the server is to hold too and would take nothing from",
          "give the frontend an address of its own: ip address add ADDRESS/"
              // Else the kernel prefers such an address to that of its network (RFC 6724, rule 8).
              + (listen instanceof Inet6Address ? "128 preferred_lft 0" : "32")
              + " dev INTERFACE");
    }
  }

  private static void requireSameNetwork(Service service, Links links) {
    for (Server server : service.pool().servers()) {
      InetAddress address = server.address().getAddress();
      if (links.route(address) instanceof Route.Via via && !via.gateway().equals(address)) {
        throw new CommandFailure(
            "frontend "
                + service.name()
                + ": "
                + name(server)
                + " is behind the router "
                + via.gateway().getHostAddress()
                + ", which would send back what is for "
                + service.listen().getAddress().getHostAddress(),
            "dsr = \"l2\" is for servers on the balancer's own network: use dsr = \"nat\"");
      }
    }
  }

  private static String name(Server server) {
    return "server "
        + server.backend()
        + "/"
        + server.name()
        + ": "
        + Address.format(server.address());
  }
}
