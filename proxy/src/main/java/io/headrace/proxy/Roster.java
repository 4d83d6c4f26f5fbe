package io.headrace.proxy;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the registry means for the proxy: frontends and backends with their counts, limits and those
 * who wait, which outlive each change. One thread at a time updates; any thread reads.
 */
final class Roster {
  private final Map<Integer, FrontendCounts> frontendCounts = new ConcurrentHashMap<>();
  private final Map<Integer, ServerCounts> serverCounts = new ConcurrentHashMap<>();
  private final Map<Integer, Limit> frontendLimits = new HashMap<>();
  private final Map<Integer, Limit> serverLimits = new ConcurrentHashMap<>();
  private final Map<Integer, WaitingRoom> frontendRooms = new HashMap<>();
  private final Map<String, WaitingRoom> backendRooms = new HashMap<>();
  private final Map<Integer, SourceRate> rates = new HashMap<>();
  private volatile Map<String, Backend> backends = Map.of();
  private final Counters counters;
  private volatile Snapshot snapshot;

  /**
   * @param counters where its frontends and servers count
   */
  Roster(Counters counters) {
    this.counters = counters;
  }

  /** Takes a change over, and answers the frontends of mode proxy that there are now. */
  List<Frontend> update(Snapshot changed, Config config) {
    Map<String, Backend> all = new HashMap<>();
    for (Pool pool : changed.pools()) {
      all.put(pool.name(), backend(pool, config.backends().get(pool.name())));
    }
    backends = Map.copyOf(all);
    snapshot = changed;
    List<Frontend> frontends = new ArrayList<>();
    for (Service service : changed.services()) {
      if (service.mode() == Mode.PROXY) {
        frontends.add(frontend(service, config.frontends().get(service.name())));
      }
    }
    // A server that came up, or a limit that was raised, is a place for some.
    frontendRooms.values().forEach(WaitingRoom::wakeAll);
    backendRooms.values().forEach(WaitingRoom::wakeAll);
    return frontends;
  }

  /** A backend as it is now; one that is gone, as it was last. */
  Backend current(Backend backend) {
    return backends.getOrDefault(backend.pool().name(), backend);
  }

  /** The server of a backend at an address, whether it takes new connections or not. */
  Optional<Member> member(Backend backend, InetSocketAddress address) {
    return backend.pool().servers().stream()
        .filter(server -> server.address().equals(address))
        .findFirst()
        .map(this::member);
  }

  /** Whether a server is configured and up. */
  boolean isUp(Server server) {
    Snapshot now = snapshot;
    return now.isUp(server);
  }

  /** Whether a server is configured and has failed. */
  boolean isDown(Server server) {
    Snapshot now = snapshot;
    return now.isDown(server);
  }

  /** By the id of the frontend. */
  Map<Integer, FrontendCounts> frontendCounts() {
    return frontendCounts;
  }

  /** By the id of the server. */
  Map<Integer, ServerCounts> serverCounts() {
    return serverCounts;
  }

  private Backend backend(Pool pool, BackendConfig config) {
    Map<Integer, Member> eligible = new LinkedHashMap<>();
    for (Server server : pool.servers()) {
      Limit limit = serverLimits.computeIfAbsent(server.id(), _ -> new Limit());
      limit.most(config.servers().get(server.name()).maxConnections());
    }
    for (Server server : pool.members()) {
      eligible.put(server.id(), member(server));
    }
    WaitingRoom room = backendRooms.computeIfAbsent(pool.name(), _ -> new WaitingRoom());
    room.config(config.proxy().queue());
    return new Backend(pool, config.proxy(), eligible, room);
  }

  private Member member(Server server) {
    int id = server.id();
    return new Member(
        server,
        serverCounts.computeIfAbsent(id, _ -> new ServerCounts(counters, id)),
        serverLimits.get(id));
  }

  private Frontend frontend(Service service, FrontendConfig config) {
    int id = service.id();
    Limit limit = frontendLimits.computeIfAbsent(id, _ -> new Limit());
    limit.most(config.proxy().maxConnections());
    WaitingRoom room = frontendRooms.computeIfAbsent(id, _ -> new WaitingRoom());
    room.config(config.proxy().queue());
    SourceRate rate = rates.computeIfAbsent(id, _ -> new SourceRate());
    rate.perSecond(config.proxy().connectionRate());
    Map<String, Backend> sni = new HashMap<>();
    config.proxy().sni().forEach((name, backend) -> sni.put(name, backends.get(backend)));
    return new Frontend(
        service,
        config.proxy(),
        backends.get(config.backend()),
        sni,
        frontendCounts.computeIfAbsent(id, _ -> new FrontendCounts(counters, id)),
        limit,
        room,
        rate);
  }
}
