package io.headrace.health;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.config.HealthCheckConfig;
import io.headrace.config.ProbeConfig;
import io.headrace.registry.AdminState;
import io.headrace.registry.AgentReply;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import io.headrace.registry.State;
import io.headrace.registry.Status;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the servers of every pool and reports to the registry. Each server has a virtual thread
 * with a timer of its own, so that a slow one delays nobody. It follows the registry: a server that
 * is new, gone, or checked otherwise has its checks begun, ended or begun anew. One in maintenance
 * is not checked.
 *
 * <p>A check that this machine could not make (no descriptor, no local port) counts neither way. At
 * most a quarter of the process's open files are used for checks at one time.
 */
public final class HealthChecker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
  private static final int PART_OF_FILES = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Registry registry;
  private final Detour detour;
  private final Prober prober = new Prober(Math.max(1, OpenFiles.limit() / PART_OF_FILES));
  private final Map<Target, Thread> threads = new HashMap<>();
  private final Map<ProbeConfig, Check> checks = new HashMap<>();
  private Optional<Thread> housekeeping = Optional.empty();
  private boolean closed;

  private HealthChecker(Registry registry, Detour detour) {
    this.registry = registry;
    this.detour = detour;
  }

  /**
   * Begins to check what the registry holds.
   *
   * @param detour to servers of direct return
   */
  public static HealthChecker start(Registry registry, Detour detour) {
    HealthChecker checker = new HealthChecker(registry, detour);
    registry.listen(checker::follow);
    return checker;
  }

  /** Ends all checks. */
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (this) {
      closed = true;
      ending = new ArrayList<>(threads.values());
      housekeeping.ifPresent(ending::add);
      threads.clear();
    }
    ending.forEach(Thread::interrupt);
    try {
      for (Thread thread : ending) {
        thread.join(PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    prober.close();
  }

  private synchronized void follow(Snapshot snapshot) {
    if (closed) {
      return;
    }
    Map<Target, Server> wanted = wanted(snapshot, registry.config());
    threads
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !wanted.containsKey(entry.getKey());
              if (gone) {
                entry.getValue().interrupt();
              }
              return gone;
            });
    wanted.forEach((target, server) -> threads.computeIfAbsent(target, _ -> start(target, server)));
    keepHouse();
  }

  private Map<Target, Server> wanted(Snapshot snapshot, Config config) {
    Map<Target, Server> wanted = new HashMap<>();
    for (Pool pool : snapshot.pools()) {
      BackendConfig backend = config.backends().get(pool.name());
      HealthCheckConfig limits = backend.healthCheck();
      List<Service> services =
          snapshot.services().stream()
              .filter(service -> service.pool().name().equals(pool.name()))
              .toList();
      for (Server server : pool.servers()) {
        Optional<Status> status = registry.status(server);
        if (!limits.interval().isZero()
            && status.filter(each -> each.state() != State.MAINTENANCE).isPresent()) {
          Set<Destination> destinations = Destination.of(services, backend, server);
          wanted.put(new Target(server.id(), server.name(), destinations, limits, false), server);
        }
        if (limits.agent().isPresent()
            && status.filter(each -> each.admin() != AdminState.MAINTENANCE).isPresent()) {
          InetSocketAddress at =
              new InetSocketAddress(server.address().getAddress(), limits.agent().get().port());
          Set<Destination> destinations = Set.of(new Destination(at, Optional.empty()));
          wanted.put(new Target(server.id(), server.name(), destinations, limits, true), server);
        }
      }
    }
    return wanted;
  }

  private Thread start(Target target, Server server) {
    Watch watch = new Watch(registry, prober, server, target.destinations(), detour);
    HealthCheckConfig config = target.config();
    if (target.agent()) {
      Agent agent = new Agent(config.agent().orElseThrow(), this::heard);
      return thread("agent", server)
          .start(
              () ->
                  watch.ask(
                      agent, config.agent().get().interval(), config.agent().get().timeout()));
    }
    Check check = checks.computeIfAbsent(config.probe(), Checks::of);
    return thread("check", server).start(() -> watch.check(check, config));
  }

  private static Thread.Builder thread(String what, Server server) {
    return Thread.ofVirtual().name(what + " " + server.backend() + "/" + server.name());
  }

  private void heard(Server server, AgentReply reply) {
    if (registry.agent(server, reply)) {
      LOG.info("the agent of {} says: {}", Watch.describe(server), reply.text());
    }
  }

  private void keepHouse() {
    boolean needed = Housekeeping.isNeeded(registry.config());
    if (needed && housekeeping.isEmpty()) {
      housekeeping =
          Optional.of(
              Thread.ofVirtual().name("housekeeping").start(() -> Housekeeping.run(registry)));
    } else if (!needed && housekeeping.isPresent()) {
      housekeeping.get().interrupt();
      housekeeping = Optional.empty();
    }
  }
}
