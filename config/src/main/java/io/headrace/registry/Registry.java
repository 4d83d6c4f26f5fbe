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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is true of the frontends and backends now. It publishes immutable snapshots: one lock orders
 * those who change something, and readers never take it.
 *
 * <p>Ids are given once, to a (pool, address) or to a frontend's name, and never change or move to
 * another for the life of the process. The health of a server that stays is kept over a change of
 * the configuration; a new server starts {@linkplain Health up, on probation}. A server that left
 * and returns is new, but has its old id.
 */
public final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  private final Map<Member, Integer> serverIds = new HashMap<>();
  private final Map<String, Integer> serviceIds = new HashMap<>();
  private final List<Consumer<Snapshot>> listeners = new ArrayList<>();
  private final Map<Integer, Health> health = new HashMap<>();
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

  /** Puts another configuration in force, whole. */
  public synchronized void apply(Config next) {
    forgetUnchecked(next);
    config = next;
    publish();
  }

  /**
   * Counts one check of a server. A server that the configuration no longer has is ignored.
   *
   * @return true when this check took the server down or brought it up
   */
  public synchronized boolean report(Server server, boolean healthy) {
    Health counted = health.get(server.id());
    if (counted == null) {
      return false;
    }
    HealthCheckConfig limits = config.backends().get(server.backend()).healthCheck();
    boolean changed = counted.report(healthy, limits);
    if (changed) {
      publish();
    }
    return changed;
  }

  /**
   * Adds a listener and gives it the newest snapshot at once; from then on it gets every one, in
   * order. It is called while the registry is locked: it must be quick and wait for nobody.
   */
  public synchronized void listen(Consumer<Snapshot> listener) {
    listeners.add(listener);
    tell(listener);
  }

  /** Where checks are turned off, nothing would ever bring a server up that is down now. */
  private void forgetUnchecked(Config next) {
    for (Pool pool : snapshot.pools()) {
      BackendConfig backend = next.backends().get(pool.name());
      if (backend != null && backend.healthCheck().interval().isZero()) {
        pool.servers().forEach(server -> health.remove(server.id()));
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
      for (Server server : servers) {
        present.set(server.id());
        if (health.computeIfAbsent(server.id(), id -> new Health()).isUp()) {
          up.set(server.id());
        }
      }
      List<Server> members =
          servers.stream().filter(each -> up.get(each.id()) && each.weight() > 0).toList();
      pools.put(
          backend.name(), new Pool(backend.name(), servers, scheduler(backend.name(), members)));
    }
    health.keySet().removeIf(id -> !present.get(id));
    schedules.keySet().retainAll(pools.keySet());
    return new Snapshot(services(pools), List.copyOf(pools.values()), up);
  }

  private List<Server> servers(BackendConfig backend) {
    return backend.servers().values().stream()
        .map(
            server -> {
              Member member = new Member(backend.name(), server.address());
              int id = serverIds.computeIfAbsent(member, absent -> serverIds.size());
              return new Server(
                  id, backend.name(), server.name(), server.address(), server.weight());
            })
        .toList();
  }

  private Scheduler scheduler(String backend, List<Server> members) {
    Schedule schedule = schedules.get(backend);
    if (schedule == null || !schedule.members().equals(members)) {
      schedule = new Schedule(members, new Maglev(backend, members));
      schedules.put(backend, schedule);
    }
    return schedule.scheduler();
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
                    pools.get(frontend.backend())))
        .toList();
  }
}
