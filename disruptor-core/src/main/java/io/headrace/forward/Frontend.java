package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Service;
import java.util.List;

/**
 * A service of the registry, as the data path sees it.
 *
 * @param service from the registry
 * @param isLive whether it takes new flows; one that left the configuration keeps those it has
 * @param traffic by worker
 * @param hash by which its pool chooses where no flow is kept: the same on every machine
 * @param address that it listens on
 * @param port that it listens on
 * @param ipv4Sources what outer packets of IPv4 come from
 * @param ipv6Sources what outer packets of IPv6 come from
 */
public record Frontend(
    Service service,
    boolean isLive,
    List<Traffic> traffic,
    FlowHash hash,
    IpAddress address,
    int port,
    OuterSources ipv4Sources,
    OuterSources ipv6Sources) {
  Frontend(Service service, boolean isLive, List<Traffic> traffic) {
    this(
        service,
        isLive,
        traffic,
        FlowHash.of(service.pool().name()),
        IpAddress.of(service.listen().getAddress()),
        service.listen().getPort(),
        OuterSources.of(service.dsr().ipipSource()),
        OuterSources.of(service.dsr().ipipSource6()));
  }

  /** Whether clients are connected to it. */
  public boolean hasConnections() {
    return traffic.stream().anyMatch(each -> each.currentConnections() > 0);
  }
}
