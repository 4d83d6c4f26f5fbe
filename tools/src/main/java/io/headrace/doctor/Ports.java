package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.config.Protocol;
import io.headrace.doctor.PortOwners.Owner;
import io.headrace.registry.Service;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Whether another process listens where a frontend, or the statistics, are to. */
final class Ports implements Check {
  @Override
  public String name() {
    return "ports";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    for (Service service : site.services().toList()) {
      look(site, "frontend " + service.name(), service.protocol(), service.listen(), found);
    }
    site.config()
        .stats()
        .listen()
        .ifPresent(at -> look(site, "the statistics", Protocol.TCP, at, found));
    if (found.isEmpty()) {
      found.add(Finding.ok("no other process listens where the frontends do"));
    }
    return found;
  }

  private static void look(
      Site site, String what, Protocol protocol, InetSocketAddress at, List<Finding> found) {
    for (Owner owner : PortOwners.of(protocol, at)) {
      boolean isBalancer =
          site.balancer().isPresent()
              && owner.process().filter(pid -> pid == site.balancer().get().pid()).isPresent();
      if (!isBalancer) {
        found.add(
            Finding.problem(
                "%s: %s is taken by %s".formatted(what, Address.format(at), owner.text()),
                owner
                    .process()
                    .map(pid -> "stop it (kill %d), or listen elsewhere".formatted(pid))
                    .orElse("ss -lnp 'sport = :%d'".formatted(at.getPort()))));
        return;
      }
    }
  }
}
