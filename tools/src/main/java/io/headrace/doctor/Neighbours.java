package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.link.Neighbour;
import io.headrace.link.Route;
import io.headrace.registry.Server;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether the station that frames to a server are handed to, itself or a router, answers ARP. */
final class Neighbours implements Check {
  private static final int POLLS = 60;
  private static final long POLL_MS = 20;

  @Override
  public String name() {
    return "neighbours";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    Set<InetAddress> asked = new HashSet<>();
    // Whoever is connected to has been resolved, or is being so.
    site.reach()
        .forEach(
            (server, reach) -> {
              if (!reach.isAnswered()
                  && site.links().route(server.address().getAddress()) instanceof Route.Via via
                  && asked.add(via.gateway())) {
                look(site, server, via, found);
              }
            });
    if (found.isEmpty()) {
      found.add(Finding.ok("every server's next hop answers"));
    }
    return found;
  }

  private static void look(Site site, Server server, Route.Via via, List<Finding> found) {
    Neighbour neighbour = settled(site, via);
    String station = Address.format(via.gateway());
    String on = site.interfaceOf(via.interfaceIndex()).map(each -> each.name()).orElse("?");
    String name =
        via.gateway().equals(server.address().getAddress())
            ? "server %s, %s,".formatted(Site.name(server), station)
            : "%s, the router to server %s,".formatted(station, Site.name(server));
    if (neighbour.state() == Neighbour.State.PERMANENT) {
      found.add(
          Finding.problem(
              name + " has a fixed entry among the neighbours, and does not answer at its MAC",
              "ip neighbour delete %s dev %s".formatted(station, on)));
    } else if (!neighbour.isUsable()) {
      found.add(
          Finding.problem(
              "%s does not answer %s on %s"
                  .formatted(name, via.gateway() instanceof Inet6Address ? "NDP" : "ARP", on),
              "switch it on, or look at its address and the network between: arping -I %s %s"
                  .formatted(on, station)));
    }
  }

  /** The kernel asks three times, a second apart, before it gives up. */
  private static Neighbour settled(Site site, Route.Via via) {
    Neighbour neighbour = site.links().neighbour(via.interfaceIndex(), via.gateway());
    for (int i = 0; i < POLLS && neighbour.state() == Neighbour.State.INCOMPLETE; i++) {
      pause();
      neighbour = site.links().neighbour(via.interfaceIndex(), via.gateway());
    }
    return neighbour;
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
