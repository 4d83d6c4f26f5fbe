package io.headrace.doctor;

import io.headrace.balancer.ListenAddresses;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Config;
import io.headrace.config.Mode;
import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.link.ClaimView;
import io.headrace.link.HostClaim;
import io.headrace.link.Interface;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is examined: a configuration, and the machine and the network namespace of the thread that
 * made this. For that thread alone, which also opens all sockets. What takes time is asked for
 * once.
 */
final class Site implements AutoCloseable {
  private final Config config;
  private final Snapshot snapshot;
  private final Links links;
  private final List<Interface> interfaces;
  private final ClaimView claim;
  private final Optional<CountersView> balancer;
  private Map<Server, Reach> reach;

  /**
   * @param file of the configuration
   */
  Site(Path file, Config config) {
    this.config = config;
    this.snapshot = new Registry(config).snapshot();
    this.links = Links.open();
    this.interfaces = links.interfaces();
    this.claim = HostClaim.look();
    this.balancer = running(file.toAbsolutePath().normalize().toString());
  }

  private static Optional<CountersView> running(String file) {
    return CountersFiles.all().stream()
        .map(CountersFiles.Found::view)
        .filter(view -> view.config().equals(file) && view.isAlive() && view.draining().isEmpty())
        .findFirst();
  }

  Config config() {
    return config;
  }

  Links links() {
    return links;
  }

  /** As they are now. */
  List<Interface> interfaces() {
    return interfaces;
  }

  /** What a balancer holds in this network namespace, or has left there. */
  ClaimView claim() {
    return claim;
  }

  /** The counters of the balancer that runs with this configuration. */
  Optional<CountersView> balancer() {
    return balancer;
  }

  /** Whether a frontend is of passthrough or dsr. */
  boolean isOfFrames() {
    return config.has(Mode::isOfFrames);
  }

  Stream<Service> services() {
    return snapshot.services().stream();
  }

  /** Those whose frames the balancer carries. */
  Stream<Service> frameServices() {
    return frames().services().stream();
  }

  /** What of the configuration is of frames. */
  Snapshot frames() {
    return snapshot.only(Mode::isOfFrames);
  }

  /** Every server once. */
  Stream<Server> servers() {
    return snapshot.pools().stream().flatMap(pool -> pool.servers().stream());
  }

  /** Servers that frames are sent to. */
  Stream<Server> frameServers() {
    return frames().pools().stream().flatMap(pool -> pool.servers().stream());
  }

  Optional<Interface> holderOf(Service service) {
    return interfaces.stream()
        .filter(each -> each.holds(service.listen().getAddress()))
        .findFirst();
  }

  Optional<Interface> interfaceOf(int index) {
    return interfaces.stream().filter(each -> each.index() == index).findFirst();
  }

  /**
   * The interfaces that frames are captured on or sent by, as far as they are there, each with what
   * it is for.
   */
  Map<Interface, String> arms() {
    Map<Interface, String> arms = new LinkedHashMap<>();
    frameServices()
        .forEach(
            service ->
                holderOf(service)
                    .filter(each -> !each.loopback())
                    .ifPresent(each -> arms.putIfAbsent(each, "frontend " + service.name())));
    frameServers()
        .forEach(
            server -> {
              if (links.route(server.address().getAddress()) instanceof Route.Via via) {
                interfaceOf(via.interfaceIndex())
                    .ifPresent(each -> arms.putIfAbsent(each, "server " + name(server)));
              }
            });
    return arms;
  }

  /** What became of a connection to each server's own port. */
  Map<Server, Reach> reach() {
    if (reach == null) {
      reach = Reach.of(servers().toList());
    }
    return reach;
  }

  /** What the balancer would refuse to start for. */
  Optional<CommandFailure> refusal(Runnable startCheck) {
    try {
      startCheck.run();
      return Optional.empty();
    } catch (CommandFailure e) {
      return Optional.of(e);
    }
  }

  Optional<CommandFailure> addressRefusal(Service service) {
    return refusal(() -> ListenAddresses.interfaceOf(service, interfaces));
  }

  static String name(Server server) {
    return server.backend() + "/" + server.name();
  }

  @Override
  public void close() {
    links.close();
  }
}
