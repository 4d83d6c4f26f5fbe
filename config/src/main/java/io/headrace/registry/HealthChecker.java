package io.headrace.registry;

import io.headrace.config.Address;
import io.headrace.config.HealthCheckConfig;
import io.headrace.registry.TcpCheck.Answered;
import io.headrace.registry.TcpCheck.Failed;
import io.headrace.registry.TcpCheck.Outcome;
import io.headrace.registry.TcpCheck.Unknown;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the servers of every pool and reports to the registry. Each server has a virtual thread
 * with a timer of its own, so that a slow one delays nobody; they begin at random within their
 * interval, so that they do not march in step. It follows the registry: a server that is new, gone,
 * or checked otherwise has its checks begun, ended or begun anew.
 *
 * <p>A check that this machine could not make (no descriptor, no local port) counts neither way.
 */
public final class HealthChecker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
  private static final int MOST_SOCKETS = 256;

  /** However long the interval is, a server that is down is found out soon after the start. */
  private static final Duration LONGEST_JITTER = Duration.ofSeconds(2);

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Registry registry;
  private final TcpCheck check = new TcpCheck(MOST_SOCKETS);
  private final Map<Target, Thread> threads = new HashMap<>();
  private boolean closed;

  /** What has to stay the same for a thread to go on. A weight may change. */
  private record Target(int id, String name, HealthCheckConfig limits) {}

  private HealthChecker(Registry registry) {
    this.registry = registry;
  }

  /** Begins to check what the registry holds. */
  public static HealthChecker start(Registry registry) {
    HealthChecker checker = new HealthChecker(registry);
    registry.listen(checker::follow);
    return checker;
  }

  /** Ends all checks. */
  @Override
  public void close() {
    List<Thread> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(threads.values());
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
  }

  private synchronized void follow(Snapshot snapshot) {
    if (closed) {
      return;
    }
    Map<Target, Server> wanted = new HashMap<>();
    for (Pool pool : snapshot.pools()) {
      HealthCheckConfig limits = registry.config().backends().get(pool.name()).healthCheck();
      if (!limits.interval().isZero()) {
        pool.servers().stream()
            .filter(this::isToBeChecked)
            .forEach(server -> wanted.put(new Target(server.id(), server.name(), limits), server));
      }
    }
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
    wanted.forEach(
        (target, server) ->
            threads.computeIfAbsent(
                target,
                absent ->
                    Thread.ofVirtual()
                        .name("check " + server.backend() + "/" + server.name())
                        .start(() -> run(server, target.limits()))));
  }

  private boolean isToBeChecked(Server server) {
    return registry
        .status(server)
        .filter(status -> status.state() != State.MAINTENANCE)
        .isPresent();
  }

  private void run(Server server, HealthCheckConfig limits) {
    long interval = limits.interval().toNanos();
    long due =
        System.nanoTime()
            + ThreadLocalRandom.current().nextLong(Math.min(interval, LONGEST_JITTER.toNanos()));
    boolean unknown = false;
    try {
      while (true) {
        Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
        Outcome outcome = check.check(server.address(), limits.timeout());
        report(server, outcome, unknown);
        unknown = outcome instanceof Unknown;
        due = Math.max(due + interval, System.nanoTime());
      }
    } catch (InterruptedException e) {
      LOG.debug("{} is checked no more", describe(server));
    }
  }

  private void report(Server server, Outcome outcome, boolean wasUnknown) {
    switch (outcome) {
      case Answered() -> {
        if (registry.report(server, true, "passed its check")) {
          LOG.info("{} is up", describe(server));
        }
      }
      case Failed(String reason) -> {
        if (registry.report(server, false, reason)) {
          LOG.warn("{} is down: {}{}", describe(server), reason, consequence(server));
        }
      }
      case Unknown(String reason) -> {
        if (!wasUnknown) {
          LOG.warn("{} cannot be checked and stays as it was: {}", describe(server), reason);
        }
      }
    }
  }

  private String consequence(Server server) {
    Snapshot now = registry.snapshot();
    boolean left =
        now.pools().stream()
            .filter(pool -> pool.name().equals(server.backend()))
            .anyMatch(pool -> !pool.members().isEmpty());
    return left ? "" : "; backend " + server.backend() + " has no server left";
  }

  private static String describe(Server server) {
    return "server "
        + server.backend()
        + "/"
        + server.name()
        + " ("
        + Address.format(server.address())
        + ")";
  }
}
