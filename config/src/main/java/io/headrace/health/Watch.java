package io.headrace.health;

import io.headrace.config.Address;
import io.headrace.config.HealthCheckConfig;
import io.headrace.health.Outcome.Failed;
import io.headrace.health.Outcome.Passed;
import io.headrace.health.Outcome.Unknown;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Snapshot;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks one server again and again, and asks its agent. For a thread of its own each. */
final class Watch {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);

  /** However long the interval is, a server that is down is found out soon after the start. */
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

  private final Registry registry;
  private final Prober prober;
  private final Server server;
  private final Set<Destination> destinations;
  private final Detour detour;

  Watch(
      Registry registry,
      Prober prober,
      Server server,
      Set<Destination> destinations,
      Detour detour) {
    this.registry = registry;
    this.prober = prober;
    this.server = server;
    this.destinations = destinations;
    this.detour = detour;
  }

  /** Until the thread is interrupted. */
  void check(Check check, HealthCheckConfig config) {
    repeat(
        config.interval(),
        new Round() {
          private boolean wasUnknown;

          @Override
          public Duration run() throws InterruptedException {
            Outcome outcome = probe(check, config.timeout());
            report(outcome, wasUnknown);
            wasUnknown = outcome instanceof Unknown;
            return interval(config);
          }
        });
  }

  /** Until the thread is interrupted. */
  void ask(Check agent, Duration interval, Duration timeout) {
    repeat(
        interval,
        new Round() {
          private boolean wasSilent;

          @Override
          public Duration run() throws InterruptedException {
            // That a server is not reached its checks find out.
            boolean silent = !(probe(agent, timeout) instanceof Passed);
            if (silent && !wasSilent) {
              LOG.warn("the agent of {} does not answer", describe());
            }
            wasSilent = silent;
            return interval;
          }
        });
  }

  /** Passes if it does everywhere. */
  private Outcome probe(Check check, Duration timeout) throws InterruptedException {
    Outcome outcome = new Passed();
    for (Destination each : destinations) {
      outcome = prober.probe(check, server, each.place(detour, server), timeout);
      if (!(outcome instanceof Passed)) {
        break;
      }
    }
    return outcome;
  }

  /** Does what is to be done once, and says when it is to be done again. */
  private interface Round {
    Duration run() throws InterruptedException;
  }

  /** The first time comes at random within the interval, so that servers do not march in step. */
  private void repeat(Duration first, Round round) {
    long due =
        System.nanoTime()
            + ThreadLocalRandom.current()
                .nextLong(Math.min(first.toNanos(), LONGEST_DELAY.toNanos()));
    try {
      while (true) {
        Thread.sleep(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
        due = Math.max(due + round.run().toNanos(), System.nanoTime());
      }
    } catch (InterruptedException e) {
      LOG.debug("{} is checked no more", describe());
    }
  }

  private Duration interval(HealthCheckConfig config) {
    boolean changing =
        registry.status(server).filter(status -> status.state().isChanging()).isPresent();
    Duration interval = changing ? config.fastInterval() : config.interval();
    long most = interval.toNanos() * config.jitter() / 100;
    return interval.plusNanos(ThreadLocalRandom.current().nextLong(-most, most + 1));
  }

  private void report(Outcome outcome, boolean wasUnknown) {
    switch (outcome) {
      case Passed() -> {
        if (registry.report(server, true, "passed its check")) {
          LOG.info("{} is up", describe());
        }
      }
      case Failed(String reason) -> {
        if (registry.report(server, false, reason)) {
          LOG.warn("{} is down: {}{}", describe(), reason, consequence(registry, server));
        }
      }
      case Unknown(String reason) -> {
        if (!wasUnknown) {
          LOG.warn("{} cannot be checked and stays as it was: {}", describe(), reason);
        }
      }
    }
  }

  static String consequence(Registry registry, Server server) {
    Snapshot now = registry.snapshot();
    boolean left =
        now.pools().stream()
            .filter(pool -> pool.name().equals(server.backend()))
            .anyMatch(pool -> !pool.members().isEmpty());
    return left ? "" : "; backend " + server.backend() + " has no server left";
  }

  private String describe() {
    return describe(server);
  }

  static String describe(Server server) {
    return "server "
        + server.backend()
        + "/"
        + server.name()
        + " ("
        + Address.format(server.address())
        + ")";
  }
}
