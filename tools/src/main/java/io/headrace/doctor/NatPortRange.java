package io.headrace.doctor;

import io.headrace.config.Mode;
import io.headrace.config.PassthroughConfig.PortRange;
import io.headrace.config.Source;
import io.headrace.link.PortSet;
import java.util.List;

/** How much of {@code nat_ports} a balancer would get. */
final class NatPortRange implements Check {
  private static final int FEW_PERCENT = 50;

  @Override
  public String name() {
    return "nat ports";
  }

  @Override
  public List<Finding> look(Site site) {
    if (site.frameServices()
        .noneMatch(each -> each.mode() == Mode.PASSTHROUGH && each.source() == Source.NAT)) {
      return List.of(Finding.ok("none are needed"));
    }
    PortRange range = site.config().passthrough().natPorts();
    PortSet wanted = PortSet.range(range.first(), range.last());
    PortSet frontends = PortSet.of(site.frameServices().mapToInt(each -> each.listen().getPort()));
    PortSet usable = site.claim().usable(wanted, frontends);
    PortSet operators = wanted.minus(wanted.minus(site.claim().operators()));
    if (usable.size() * 100L < (long) wanted.size() * FEW_PERCENT) {
      String cause =
          "of nat_ports %s only %d of %d are free: %d are reserved in ip_local_reserved_ports, the"
                  .formatted(range, usable.size(), wanted.size(), operators.size())
              + " others are in use";
      String mend =
          operators.isEmpty()
              ? "name another range in nat_ports"
              : "sysctl -w net.ipv4.ip_local_reserved_ports=   (or name another range in nat_ports)";
      return List.of(
          usable.isEmpty() ? Finding.problem(cause, mend) : Finding.warning(cause, mend));
    }
    return List.of(
        Finding.ok("%d of %d of %s are free".formatted(usable.size(), wanted.size(), range)));
  }
}
