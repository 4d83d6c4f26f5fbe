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
 * @param outerNetwork the lowest of the addresses that outer packets come from
 * @param outerMask the bits in which these differ
 */
public record Frontend(
    Service service,
    boolean isLive,
    List<Traffic> traffic,
    FlowHash hash,
    IpAddress address,
    int port,
    int outerNetwork,
    int outerMask) {
  Frontend(Service service, boolean isLive, List<Traffic> traffic) {
    this(
        service,
        isLive,
        traffic,
        FlowHash.of(service.pool().name()),
        IpAddress.of(service.listen().getAddress()),
        service.listen().getPort(),
        IpAddress.of(service.dsr().ipipSource().network()).ipv4(),
        (int) (0xFFFF_FFFFL >>> service.dsr().ipipSource().bits()));
  }

  /** The outer source of a flow's packets: an address of the range that the frontend has. */
  int outerSource(long flowHash) {
    return outerNetwork | (int) (flowHash >>> Short.SIZE) & outerMask;
  }

  /** Whether clients are connected to it. */
  public boolean hasConnections() {
    return traffic.stream().anyMatch(each -> each.currentConnections() > 0);
  }
}
