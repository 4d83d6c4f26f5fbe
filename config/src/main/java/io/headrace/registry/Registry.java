package io.headrace.registry;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.config.HealthCheckConfig;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is true of the frontends and backends now. It publishes immutable snapshots: one lock orders
 * those who change something, and readers never take it.
 *
 * <p>Ids are given once, to a (pool, address) or to a frontend's name, and never change or move to
 * another for the life of the process. What is known of a server that stays, its health and what
 * the operator wants of it, is kept over a change of the configuration; a new server starts
 * {@linkplain Health up, on probation}. A server that left and returns is new, but has its old id.
 */
public final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  private final Map<Member, Integer> serverIds = new HashMap<>();
  private final Map<String, Integer> serviceIds = new HashMap<>();
  private final List<Consumer<Snapshot>> listeners = new ArrayList<>();
  private final Map<Integer, ServerLife> lives = new ConcurrentHashMap<>();
  private final Map<String, Schedule> schedules = new HashMap<>();
  private volatile Config config;
  private volatile Snapshot snapshot;

  private record Member(String backend, InetSocketAddress address) {}

  /** A scheduler and what it was built over, so that it is built anew only when that changes. */
  private record Schedule(List<Server> members, Scheduler scheduler) {}

  public Registry(Config config) {
    this.config = config;
    this.snapshot = build();
  }

  /** The newest snapshot. Any thread, without a lock. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** The configuration in force. Any thread, without a lock. */
  public Config config() {
    return config;
  }

  /** How a server is now; empty for one that the configuration no longer has. As above. */
  public Optional<Status> status(Server server) {
    return Optional.ofNullable(lives.get(server.id())).map(ServerLife::status);
  }

  /** Puts another configuration in force, whole. */
  public synchronized void apply(Config next) {
    forgetUnchecked(next);
    config = next;
    publish();
  }

  /**
   * Counts one check of a server. A server that the configuration no longer has is ignored.
   *
   * @param reason what the check has found, for a person
   * @return true when this check took the server down or brought it up
   */
  public synchronized boolean report(Server server, boolean healthy, String reason) {
    ServerLife life = lives.get(server.id());
    if (life == null) {
      return false;
    }
    HealthCheckConfig limits = config.backends().get(server.backend()).healthCheck();
    boolean changed = life.report(healthy, reason, limits);
    if (changed) {
      publish();
    }
    return changed;
  }

  /**
   * Takes over what an operator wants of a server, until he wants something else.
   *
   * @param reason who wants it and why, for a person
   * @return false when the configuration has no such server
   */
  public synchronized boolean admin(
      String backend, String server, AdminState wanted, String reason) {
    return change(backend, server, life -> life.admin(wanted, reason));
  }

  /**
   * Gives a server another weight than the file's, until it is taken back.
   *
   * @param weight 0 takes no new flows; empty takes it back
   * @return false when the configuration has no such server
   */
  public synchronized boolean weight(String backend, String server, OptionalInt weight) {
    return change(backend, server, life -> life.overrideWeight(weight));
  }

  private boolean change(String backend, String server, Consumer<ServerLife> change) {
    Optional<ServerLife> life = snapshot.server(backend, server).map(each -> lives.get(each.id()));
    life.ifPresent(
        found -> {
          change.accept(found);
          publish();
        });
    return life.isPresent();
  }

  /**
   * Adds a listener and gives it the newest snapshot at once; from then on it gets every one, in
   * order. It is called while the registry is locked: it must be quick and wait for nobody.
   */
  public synchronized void listen(Consumer<Snapshot> listener) {
    listeners.add(listener);
    tell(listener);
  }

  private void forgetUnchecked(Config next) {
    for (Pool pool : snapshot.pools()) {
      BackendConfig backend = next.backends().get(pool.name());
      if (backend != null && backend.healthCheck().interval().isZero()) {
        pool.servers().forEach(server -> lives.get(server.id()).forgetChecks());
      }
    }
  }

  private void publish() {
    snapshot = build();
    listeners.forEach(this::tell);
  }

  private void tell(Consumer<Snapshot> listener) {
    try {
      listener.accept(snapshot);
    } catch (RuntimeException e) {
      LOG.error("a listener of the registry failed; the others go on", e);
    }
  }

  private Snapshot build() {
    Map<String, Pool> pools = new LinkedHashMap<>();
    BitSet present = new BitSet();
    BitSet up = new BitSet();
    for (BackendConfig backend : config.backends().values()) {
      List<Server> servers = servers(backend);
      List<Server> members = new ArrayList<>();
      for (Server server : servers) {
        present.set(server.id());
        ServerLife life = lives.get(server.id());
        up.set(server.id(), life.isUp());
        if (life.isOpen() && server.weight() > 0) {
          members.add(server);
        }
      }
      pools.put(backend.name(), pool(backend.name(), servers, List.copyOf(members)));
    }
    lives.keySet().removeIf(id -> !present.get(id));
    schedules.keySet().retainAll(pools.keySet());
    return new Snapshot(services(pools), List.copyOf(pools.values()), up);
  }

  private List<Server> servers(BackendConfig backend) {
    String unknown =
        backend.healthCheck().interval().isZero() ? ServerLife.UNCHECKED : ServerLife.NEW;
    return backend.servers().values().stream()
        .map(
            server -> {
              Member member = new Member(backend.name(), server.address());
              int id = serverIds.computeIfAbsent(member, _ -> serverIds.size());
              ServerLife life = lives.computeIfAbsent(id, _ -> new ServerLife(unknown));
              return new Server(
                  id,
                  backend.name(),
                  server.name(),
                  server.address(),
                  life.weight(server.weight()));
            })
        .toList();
  }

  private Pool pool(String name, List<Server> servers, List<Server> members) {
    Schedule schedule = schedules.get(name);
    if (schedule == null || !schedule.members().equals(members)) {
      schedule = new Schedule(members, new Maglev(name, members));
      schedules.put(name, schedule);
    }
    return new Pool(name, servers, members, schedule.scheduler());
  }

  private List<Service> services(Map<String, Pool> pools) {
    return config.frontends().values().stream()
        .map(
            frontend ->
                new Service(
                    serviceIds.computeIfAbsent(frontend.name(), absent -> serviceIds.size()),
                    frontend.name(),
                    frontend.listen(),
                    frontend.protocol(),
                    frontend.mode(),
                    frontend.dsr(),
                    pools.get(frontend.backend())))
        .toList();
  }
}
