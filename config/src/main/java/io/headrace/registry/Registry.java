package io.headrace.registry;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.config.SchedulerKind;
import io.headrace.schedule.LiveFlows;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is true of the frontends and backends now. It publishes immutable snapshots; readers take no
 * lock. One lock orders those who change something, and is held for moments; another those who make
 * a snapshot, which may take a while: who waits for it finds most often that his change has been
 * taken along, so that many changes at once cost few snapshots.
 *
 * <p>Ids are given once, to a (pool, address) or to a frontend's name, and never change or move to
 * another for the life of the process. What is known of a server that stays, its health and what
 * the operator wants of it, is kept over a change of the configuration; a new server starts
 * {@linkplain Health up, on probation}. A server that left and returns is new, but has its old id.
 */
public final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  // Guarded by this.
  private final Map<Member, Identity> identities = new HashMap<>();
  private final Map<Integer, ServerLife> lives = new ConcurrentHashMap<>();
  private Config wanted;
  private long changes;

  // Guarded by the lock of those who publish.
  private final Object publishing = new Object();
  private final Map<String, Integer> serviceIds = new HashMap<>();
  private final List<Consumer<Snapshot>> listeners = new ArrayList<>();
  private final Schedules schedules = new Schedules();
  private long published;

  private volatile Config config;
  private volatile Snapshot snapshot;

  private record Member(String backend, InetSocketAddress address) {}

  /** What a server has for the life of the process. */
  private record Identity(int id, LiveFlows flows) {}

  public Registry(Config config) {
    this.wanted = config;
    this.config = config;
    this.snapshot = build(gather());
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

  /** Puts another configuration in force, whole; it is when this returns. */
  public void apply(Config next) {
    synchronized (this) {
      forgetUnchecked(next);
      wanted = next;
      changes++;
    }
    publish();
  }

  /**
   * Counts one check of a server. A server that the configuration no longer has is ignored.
   *
   * @param reason what the check has found, for a person
   * @return true when this check took the server down or brought it up
   */
  public boolean report(Server server, boolean healthy, String reason) {
    synchronized (this) {
      ServerLife life = lives.get(server.id());
      BackendConfig backend = wanted.backends().get(server.backend());
      if (life == null || backend == null || !life.report(healthy, reason, backend.healthCheck())) {
        return false;
      }
      changes++;
    }
    publish();
    return true;
  }

  /**
   * Takes over what an operator wants of a server, until he wants something else.
   *
   * @param reason who wants it and why, for a person
   * @return false when the configuration has no such server
   */
  public boolean admin(String backend, String server, AdminState wanted, String reason) {
    return change(backend, server, life -> life.admin(wanted, reason));
  }

  /**
   * Gives a server another weight than the file's, until it is taken back.
   *
   * @param weight 0 takes no new flows; empty takes it back
   * @return false when the configuration has no such server
   */
  public boolean weight(String backend, String server, OptionalInt weight) {
    return change(backend, server, life -> life.overrideWeight(weight));
  }

  private boolean change(String backend, String server, Consumer<ServerLife> change) {
    synchronized (this) {
      Optional<ServerLife> life =
          snapshot.server(backend, server).map(each -> lives.get(each.id()));
      if (life.isEmpty()) {
        return false;
      }
      change.accept(life.get());
      changes++;
    }
    publish();
    return true;
  }

  /**
   * Adds a listener and gives it the newest snapshot at once; from then on it gets every one, in
   * order. No other is made meanwhile: it must be quick and wait for nobody.
   */
  public void listen(Consumer<Snapshot> listener) {
    synchronized (publishing) {
      listeners.add(listener);
      tell(listener);
    }
  }

  private void forgetUnchecked(Config next) {
    for (Pool pool : snapshot.pools()) {
      BackendConfig backend = next.backends().get(pool.name());
      if (backend != null && backend.healthCheck().interval().isZero()) {
        pool.servers().stream()
            .map(server -> lives.get(server.id()))
            .filter(Objects::nonNull)
            .forEach(ServerLife::forgetChecks);
      }
    }
  }

  private void publish() {
    long mine;
    synchronized (this) {
      mine = changes;
    }
    synchronized (publishing) {
      if (published >= mine) {
        return;
      }
      Roll roll;
      synchronized (this) {
        published = changes;
        roll = gather();
      }
      Snapshot next = build(roll);
      config = roll.config();
      snapshot = next;
      listeners.forEach(this::tell);
    }
  }

  private void tell(Consumer<Snapshot> listener) {
    try {
      listener.accept(snapshot);
    } catch (RuntimeException e) {
      LOG.error("a listener of the registry failed; the others go on", e);
    }
  }

  /** What is so at one moment: of each backend its servers, and those that take new flows. */
  private record Roll(
      Config config,
      Map<String, List<Server>> servers,
      Map<String, List<Server>> members,
      BitSet up) {}

  private Roll gather() {
    Roll roll = new Roll(wanted, new LinkedHashMap<>(), new HashMap<>(), new BitSet());
    BitSet present = new BitSet();
    for (BackendConfig backend : wanted.backends().values()) {
      List<Server> servers = servers(backend);
      List<Server> members = new ArrayList<>();
      for (Server server : servers) {
        present.set(server.id());
        ServerLife life = lives.get(server.id());
        roll.up().set(server.id(), life.isUp());
        if (life.isOpen() && server.weight() > 0) {
          members.add(server);
        }
      }
      roll.servers().put(backend.name(), servers);
      roll.members().put(backend.name(), List.copyOf(members));
    }
    lives.keySet().removeIf(id -> !present.get(id));
    return roll;
  }

  private List<Server> servers(BackendConfig backend) {
    String unknown =
        backend.healthCheck().interval().isZero() ? ServerLife.UNCHECKED : ServerLife.NEW;
    return backend.servers().values().stream()
        .map(
            server -> {
              Identity identity =
                  identities.computeIfAbsent(
                      new Member(backend.name(), server.address()),
                      _ -> new Identity(identities.size(), new LiveFlows()));
              ServerLife life = lives.computeIfAbsent(identity.id(), _ -> new ServerLife(unknown));
              return new Server(
                  identity.id(),
                  backend.name(),
                  server.name(),
                  server.address(),
                  life.weight(server.weight()),
                  identity.flows());
            })
        .toList();
  }

  private Snapshot build(Roll roll) {
    Map<String, Pool> pools = new LinkedHashMap<>();
    roll.servers()
        .forEach(
            (name, servers) -> {
              List<Server> members = roll.members().get(name);
              SchedulerKind kind = roll.config().backends().get(name).balance().scheduler();
              pools.put(name, new Pool(name, servers, members, schedules.of(name, kind, members)));
            });
    schedules.retain(pools.keySet());
    return new Snapshot(services(roll.config(), pools), List.copyOf(pools.values()), roll.up());
  }

  private List<Service> services(Config config, Map<String, Pool> pools) {
    return config.frontends().values().stream()
        .map(
            frontend ->
                new Service(
                    serviceIds.computeIfAbsent(frontend.name(), absent -> serviceIds.size()),
                    frontend.name(),
                    frontend.listen(),
                    frontend.protocol(),
                    frontend.mode(),
                    frontend.source(),
                    frontend.dsr(),
                    pools.get(frontend.backend())))
        .toList();
  }
}
