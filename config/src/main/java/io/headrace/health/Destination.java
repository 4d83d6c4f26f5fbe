package io.headrace.health;

import io.headrace.config.BackendConfig;
import io.headrace.config.HealthCheckConfig;
import io.headrace.config.HealthCheckConfig.At;
import io.headrace.config.Mode;
import io.headrace.config.ProbeConfig;
import io.headrace.config.Protocol;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a server is checked.
 *
 * @param own the server's address, or what the file has for it
 * @param frontend whose address it is asked at instead, as far as a detour leads there
 */
record Destination(InetSocketAddress own, Optional<Frontend> frontend) {
  /**
   * A frontend of direct return whose address the servers hold.
   *
   * @param id of its service
   * @param address its own, with the port that is checked
   */
  record Frontend(int id, InetSocketAddress address) {}

  /**
   * Of a server, one for each way that its traffic goes; each has to pass.
   *
   * @param services those that use its pool
   */
  static Set<Destination> of(List<Service> services, BackendConfig backend, Server server) {
    InetSocketAddress own = own(backend, server);
    Set<Destination> destinations = new LinkedHashSet<>();
    for (Service service : services) {
      if (!isByItsAddress(service, backend, server)) {
        destinations.add(new Destination(own, Optional.empty()));
      } else if (backend.healthCheck().port().isPresent() || isOfItsProtocol(service, backend)) {
        InetSocketAddress listen = service.listen();
        int port = backend.healthCheck().port().orElse(listen.getPort());
        InetSocketAddress address = new InetSocketAddress(listen.getAddress(), port);
        destinations.add(new Destination(own, Optional.of(new Frontend(service.id(), address))));
      }
    }
    if (destinations.isEmpty()) {
      destinations.add(new Destination(own, Optional.empty()));
    }
    return destinations;
  }

  private static boolean isByItsAddress(Service service, BackendConfig backend, Server server) {
    HealthCheckConfig config = backend.healthCheck();
    return service.mode() == Mode.DSR
        && service.dsr().way().keepsDestination()
        && config.at() == At.FRONTEND
        && !(config.probe() instanceof ProbeConfig.Command)
        && backend.servers().get(server.name()).checkAddress().isEmpty();
  }

  private static boolean isOfItsProtocol(Service service, BackendConfig backend) {
    boolean udp = backend.healthCheck().probe() instanceof ProbeConfig.Udp;
    return udp == (service.protocol() == Protocol.UDP);
  }

  /** The server's address, or what the file has for it. */
  static InetSocketAddress own(BackendConfig backend, Server server) {
    return backend
        .servers()
        .get(server.name())
        .checkAddress()
        .orElseGet(
            () ->
                new InetSocketAddress(
                    server.address().getAddress(),
                    backend.healthCheck().port().orElse(server.address().getPort())));
  }

  /** Where a check asks now. */
  Place place(Detour detour, Server server) {
    return frontend
        .flatMap(
            at ->
                detour
                    .standIn(at.id(), at.address().getAddress(), server)
                    .map(
                        standIn ->
                            new Place(
                                at.address(),
                                new InetSocketAddress(standIn, at.address().getPort()))))
        .orElseGet(() -> Place.at(own));
  }
}
