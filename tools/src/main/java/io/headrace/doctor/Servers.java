package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.config.BackendConfig;
import io.headrace.config.Mode;
import io.headrace.config.Protocol;
import io.headrace.health.SingleCheck;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether servers answer on their port, and pass the check that the configuration has for them. */
final class Servers implements Check {
  @Override
  public String name() {
    return "servers";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    site.reach().forEach((server, reach) -> look(site, server, reach).ifPresent(found::add));
    if (found.isEmpty()) {
      found.add(
          site.reach().isEmpty()
              ? Finding.warning(
                  "no backend has a server", "headrace servers add BACKEND/NAME ADDRESS")
              : Finding.ok("%s answer".formatted(Texts.count(site.reach().size(), "server"))));
    }
    return found;
  }

  private static Optional<Finding> look(Site site, Server server, Reach reach) {
    String name = "server %s (%s)".formatted(Site.name(server), Address.format(server.address()));
    List<Service> services =
        site.services().filter(each -> each.pool().name().equals(server.backend())).toList();
    boolean tcp =
        services.stream().anyMatch(each -> each.protocol() == Protocol.TCP && !isAtFrontend(each));
    if (tcp ? reach != Reach.TAKEN : !reach.isAnswered()) {
      return Optional.of(
          Finding.problem(
              name + " " + reach.text(),
              reach == Reach.REFUSED
                  ? "start what listens there; on the server: ss -lnt 'sport = :%d'"
                      .formatted(server.address().getPort())
                  : "look at the server's own firewall and at the way there: traceroute -T -p %d %s"
                      .formatted(
                          server.address().getPort(),
                          Address.format(server.address().getAddress()))));
    }
    BackendConfig backend = site.config().backends().get(server.backend());
    return backend.healthCheck().interval().isZero()
            || SingleCheck.isElsewhere(services, backend, server)
        ? Optional.empty()
        : SingleCheck.run(backend, server)
            .map(
                reason ->
                    Finding.problem(
                        name + " fails its health check: " + reason,
                        "mend the server, or health_check of backend " + server.backend()));
  }

  /** Whether its servers need not listen on their own addresses. */
  private static boolean isAtFrontend(Service service) {
    return service.mode() == Mode.DSR && service.dsr().way().keepsDestination();
  }
}
