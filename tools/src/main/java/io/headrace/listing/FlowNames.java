package io.headrace.listing;

import com.fasterxml.jackson.core.io.SerializedString;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Frontend;
import io.headrace.forward.Target;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The names of frontends, backends and servers, by the ids that flows have, and ready to be written
 * as JSON. Immutable.
 */
public final class FlowNames {
  private final List<Service> services;
  private final List<Server> servers;
  private final SerializedString[] frontendNames;
  private final SerializedString[] backendNames;
  private final SerializedString[] serverNames;

  private FlowNames(Collection<Service> services, Collection<Server> servers) {
    this.services = List.copyOf(services);
    this.servers = List.copyOf(servers);
    frontendNames = new SerializedString[length(services.stream().mapToInt(Service::id))];
    services.forEach(each -> frontendNames[each.id()] = new SerializedString(each.name()));
    backendNames = new SerializedString[length(servers.stream().mapToInt(Server::id))];
    serverNames = new SerializedString[backendNames.length];
    for (Server each : servers) {
      backendNames[each.id()] = new SerializedString(each.backend());
      serverNames[each.id()] = new SerializedString(each.name());
    }
  }

  private static int length(IntStream ids) {
    return ids.max().orElse(-1) + 1;
  }

  /** Of a configuration. */
  public static FlowNames of(Snapshot snapshot) {
    return new FlowNames(
        snapshot.services(),
        snapshot.pools().stream().flatMap(pool -> pool.servers().stream()).toList());
  }

  /** With those that have left the configuration, but not the table, as their flows live. */
  FlowNames and(ForwardingTable table) {
    return new FlowNames(
        Stream.concat(services.stream(), table.frontends().stream().map(Frontend::service))
            .toList(),
        Stream.concat(servers.stream(), table.targets().stream().map(Target::server)).toList());
  }

  /** The name of a frontend, or null. */
  SerializedString frontend(int id) {
    return at(id, frontendNames);
  }

  /** The name of a server's backend, or null. */
  SerializedString backend(int serverId) {
    return at(serverId, backendNames);
  }

  /** The name of a server, or null. */
  SerializedString server(int id) {
    return at(id, serverNames);
  }

  private static SerializedString at(int id, SerializedString[] names) {
    return id >= 0 && id < names.length ? names[id] : null;
  }

  /**
   * The ids of the frontends with a name.
   *
   * @throws IllegalArgumentException when there is none; the message is one line for a user
   */
  BitSet frontends(String name) {
    return ids(
        services, Service::id, Service::name, each -> each.name().equals(name), "frontend", name);
  }

  /**
   * The ids of the servers with a name, over all backends; or of one backend's, by {@code
   * BACKEND/SERVER}.
   *
   * @throws IllegalArgumentException when there is none; the message is one line for a user
   */
  BitSet servers(String name) {
    return ids(
        servers,
        Server::id,
        Server::name,
        each -> each.name().equals(name) || (each.backend() + "/" + each.name()).equals(name),
        "server",
        name);
  }

  private static <T> BitSet ids(
      List<T> all,
      Function<T, Integer> id,
      Function<T, String> nameOf,
      Predicate<T> wanted,
      String kind,
      String name) {
    BitSet ids = new BitSet();
    all.stream().filter(wanted).forEach(each -> ids.set(id.apply(each)));
    if (ids.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no %s \"%s\"; there is %s"
              .formatted(
                  kind,
                  name,
                  all.stream().map(nameOf).distinct().collect(Collectors.joining(", "))));
    }
    return ids;
  }
}
