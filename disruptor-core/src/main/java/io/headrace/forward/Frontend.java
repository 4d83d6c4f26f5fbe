package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.registry.Service;
import java.util.List;

/**
 * A service of the registry, as the data path sees it.
 *
 * @param service from the registry
 * @param isLive whether it takes new flows; one that left the configuration keeps those it has
 * @param traffic by worker
 * @param hash by which its pool chooses where no flow is kept: the same on every machine
 */
public record Frontend(Service service, boolean isLive, List<Traffic> traffic, FlowHash hash) {
  Frontend(Service service, boolean isLive, List<Traffic> traffic) {
    this(service, isLive, traffic, FlowHash.of(service.pool().name()));
  }

  /** Whether clients are connected to it. */
  public boolean hasConnections() {
    return traffic.stream().anyMatch(each -> each.currentConnections() > 0);
  }
}
