package io.headrace.doctor;

import io.headrace.balancer.SourceAddresses;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.registry.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether this machine holds the addresses of its frontends and those of {@code source_addrs}. */
final class Addresses implements Check {
  @Override
  public String name() {
    return "addresses";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    for (Service service : site.services().toList()) {
      if (service.mode().isOfFrames()) {
        site.addressRefusal(service).map(Addresses::finding).ifPresent(found::add);
      } else {
        unbindable(site, service).ifPresent(found::add);
      }
    }
    if (found.isEmpty() && site.isOfFrames()) {
      site.refusal(
              () -> SourceAddresses.of(site.frames(), site.config().passthrough(), site.links()))
          .map(Addresses::finding)
          .ifPresent(found::add);
    }
    if (found.isEmpty()) {
      List<String> held =
          site.services()
              .map(each -> Address.format(each.listen().getAddress()))
              .distinct()
              .toList();
      found.add(
          Finding.ok(
              held.size() == 1
                  ? "this machine holds " + held.getFirst()
                  : "this machine holds all %d of the frontends".formatted(held.size())));
    }
    return found;
  }

  private static Optional<Finding> unbindable(Site site, Service service) {
    var address = service.listen().getAddress();
    if (address.isAnyLocalAddress() || site.holderOf(service).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.problem(
            "frontend %s: %s is on no interface of this machine"
                .formatted(service.name(), Address.format(address)),
            "ip address add %s/%d dev INTERFACE"
                .formatted(Address.format(address), 8 * address.getAddress().length)));
  }

  private static Finding finding(CommandFailure refusal) {
    return Finding.problem(refusal.cause(), refusal.advice());
  }
}
