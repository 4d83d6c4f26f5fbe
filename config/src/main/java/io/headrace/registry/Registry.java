package io.headrace.registry;

import io.headrace.config.BalanceConfig;
import io.headrace.config.Config;
import io.headrace.schedule.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
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

  private final LongSupplier clock;

  // Guarded by this.
  private final ServerLives lives = new ServerLives();
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

  public Registry(Config config) {
    this(config, System::nanoTime);
  }

  /**
   * @param clock nanoseconds, for what takes time
   */
  Registry(Config config, LongSupplier clock) {
    this.clock = clock;
    this.wanted = config;
    this.config = config;
    this.snapshot = build(lives.call(config, clock.getAsLong()));
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
    return lives.get(server).map(ServerLife::status);
  }

  /** Puts another configuration in force, whole; it is when this returns. */
  public void apply(Config next) {
    synchronized (this) {
      lives.forgetUnchecked(next, snapshot.pools(), clock.getAsLong());
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
    return change(
        server,
        life ->
            Optional.ofNullable(wanted.backends().get(server.backend()))
                .filter(
                    backend ->
                        life.report(healthy, reason, backend.healthCheck(), clock.getAsLong()))
                .isPresent());
  }

  /**
   * Takes a server down at once, until its checks bring it up.
   *
   * @return true when it was up
   */
  public boolean takeDown(Server server, String reason) {
    return change(server, life -> life.takeDown(reason, clock.getAsLong()));
  }

  /**
   * Takes over what the agent on a server says.
   *
   * @return whether something has changed
   */
  public boolean agent(Server server, AgentReply reply) {
    return change(server, life -> life.agent(reply, clock.getAsLong()));
  }

  private boolean change(Server server, Predicate<ServerLife> change) {
    synchronized (this) {
      if (lives.get(server).filter(change).isEmpty()) {
        return false;
      }
      changes++;
    }
    publish();
    return true;
  }

  /** Gives servers that start slowly what is due to them by now. To be called again and again. */
  public void warm() {
    synchronized (this) {
      if (!lives.haveWarmed(wanted, snapshot.pools(), clock.getAsLong())) {
        return;
      }
      changes++;
    }
    publish();
  }

  /**
   * Takes over what an operator wants of a server, until he wants something else.
   *
   * @param reason who wants it and why, for a person
   * @return false when the configuration has no such server
   */
  public boolean admin(String backend, String server, AdminState wanted, String reason) {
    return change(backend, server, life -> life.admin(wanted, reason, clock.getAsLong()));
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
    return snapshot
        .server(backend, server)
        .filter(
            found ->
                change(
                    found,
                    life -> {
                      change.accept(life);
                      return true;
                    }))
        .isPresent();
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
        roll = lives.call(wanted, clock.getAsLong());
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

  private Snapshot build(Roll roll) {
    Map<String, Pool> pools = new LinkedHashMap<>();
    roll.servers()
        .forEach(
            (name, servers) -> {
              List<Server> members = roll.members().get(name);
              BalanceConfig balance = roll.config().backends().get(name).balance();
              Scheduler scheduler = schedules.of(name, balance.scheduler(), members);
              pools.put(name, new Pool(name, servers, members, scheduler, balance.onDown()));
            });
    schedules.retain(pools.keySet());
    return new Snapshot(
        services(roll.config(), pools), List.copyOf(pools.values()), roll.up(), roll.down());
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
