package io.headrace.doctor;

import io.headrace.balancer.ServerAddresses;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.link.Route;
import io.headrace.registry.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the kernel knows a way to every server, and one that frames can take. */
final class Routes implements Check {
  @Override
  public String name() {
    return "routes";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    for (Server server : site.servers().toList()) {
      String address = Address.format(server.address().getAddress());
      if (site.links().route(server.address().getAddress()) instanceof Route.Unreachable) {
        found.add(
            Finding.problem(
                "no route to server %s (%s)".formatted(Site.name(server), address),
                "ip route add %s via ROUTER   (or give this machine an address in its network)"
                    .formatted(address)));
      }
    }
    if (found.isEmpty() && site.isOfFrames()) {
      Optional<CommandFailure> refusal =
          site.refusal(() -> ServerAddresses.check(site.frames(), site.links()));
      refusal.ifPresent(each -> found.add(Finding.problem(each.cause(), each.advice())));
    }
    if (found.isEmpty()) {
      found.add(Finding.ok("to %s".formatted(Texts.count(site.servers().count(), "server"))));
    }
    return found;
  }
}
