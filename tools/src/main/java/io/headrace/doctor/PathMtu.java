package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.link.Interface;
import io.headrace.link.LinkException;
import io.headrace.link.Route;
import io.headrace.registry.Server;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether packets as long as the interface allows get to the servers: where they do not and nobody
 * says so, connections open and then stand still.
 */
final class PathMtu implements Check {
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final int SHORT = 84;
  private static final int CLOSE_ENOUGH = 8;

  @Override
  public String name() {
    return "path mtu";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    int answered = 0;
    try (Echo echo = new Echo()) {
      for (Server server : site.servers().toList()) {
        if (!site.reach().get(server).isAnswered()
            || !(server.address().getAddress() instanceof Inet4Address address)
            || !(site.links().route(address) instanceof Route.Via via)
            || !echo.isAnswered(address, SHORT, PATIENCE)) {
          continue;
        }
        Interface on = site.interfaceOf(via.interfaceIndex()).orElseThrow();
        int mtu = via.mtu() == 0 ? on.mtu() : Math.min(via.mtu(), on.mtu());
        if (echo.isAnswered(address, mtu, PATIENCE)) {
          answered++;
        } else {
          int fitting = longest(echo, address, mtu);
          found.add(
              Finding.problem(
                  "packets of %d bytes do not get to server %s (%s), and nobody says so; %d do"
                      .formatted(mtu, Site.name(server), Address.format(address), fitting),
                  "ip link set dev %s mtu %d   (or mend the MTU on the way there)"
                      .formatted(on.name(), fitting)));
        }
      }
    } catch (LinkException e) {
      return List.of(Finding.skipped("not tried: " + e.getMessage()));
    }
    if (found.isEmpty()) {
      found.add(
          Finding.ok(
              answered == 0
                  ? "not known: no server answers an echo request"
                  : "the longest packets get to %s".formatted(Texts.count(answered, "server"))));
    }
    return found;
  }

  /** By halves: each step that is not answered takes its time. */
  private static int longest(Echo echo, Inet4Address address, int mtu) {
    int fits = SHORT;
    int fails = mtu;
    while (fails - fits >= CLOSE_ENOUGH) {
      int middle = (fits + fails) >>> 1;
      if (echo.isAnswered(address, middle, PATIENCE)) {
        fits = middle;
      } else {
        fails = middle;
      }
    }
    return fits;
  }
}
