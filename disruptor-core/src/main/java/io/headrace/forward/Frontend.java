package io.headrace.forward;

import io.headrace.registry.Service;
import java.util.List;

/**
 * A service of the registry, as the data path sees it.
 *
 * @param service from the registry
 * @param isLive whether it takes new flows; one that left the configuration keeps those it has
 * @param traffic by worker
 */
public record Frontend(Service service, boolean isLive, List<Traffic> traffic) {
  /** Whether clients are connected to it. */
  public boolean hasConnections() {
    return traffic.stream().anyMatch(each -> each.currentConnections() > 0);
  }
}
