package io.headrace.passthrough;

import io.headrace.config.Mode;
import io.headrace.conntrack.StoredFlow;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * The pairs of a service and one of its servers that there are now, by their addresses: a flow of
 * an earlier process goes on if its own are among them. Immutable.
 */
final class KnownEnds {
  /** Ids in the registry. */
  record Ids(int server, int service) {}

  private record Addresses(
      int protocol, IpAddress service, int servicePort, IpAddress server, int serverPort) {}

  private final Map<Addresses, Ids> ids = new HashMap<>();

  KnownEnds(Snapshot snapshot) {
    for (Service service : snapshot.only(mode -> mode == Mode.PASSTHROUGH).services()) {
      for (Server server : service.pool().servers()) {
        ids.putIfAbsent(addresses(service, server.address()), new Ids(server.id(), service.id()));
      }
    }
  }

  private static Addresses addresses(Service service, InetSocketAddress server) {
    return new Addresses(
        service.protocol().number(),
        IpAddress.of(service.listen().getAddress()),
        service.listen().getPort(),
        IpAddress.of(server.getAddress()),
        server.getPort());
  }

  /** Those of a flow's ends, or null when one of them is gone. */
  Ids of(StoredFlow flow) {
    return ids.get(
        new Addresses(
            flow.protocol(), flow.service(), flow.servicePort(), flow.server(), flow.serverPort()));
  }
}
