package io.headrace.health;

import io.headrace.config.BackendConfig;
import io.headrace.config.Config;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes down what the data paths have found to fail, and goes on with slow starts. The data paths
 * only count: they wait for nobody.
 */
final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
  private static final Duration EVERY = Duration.ofMillis(100);

  private Housekeeping() {}

  static boolean isNeeded(Config config) {
    return config.backends().values().stream()
        .anyMatch(
            backend ->
                backend.healthCheck().passive() > 0 || !backend.balance().slowStart().isZero());
  }

  /** Until the thread is interrupted. */
  static void run(Registry registry) {
    try {
      while (true) {
        Thread.sleep(EVERY);
        registry.warm();
        registry.snapshot().pools().forEach(pool -> takeDown(registry, pool));
      }
    } catch (InterruptedException e) {
      LOG.debug("no slow start, and no failures are counted, any more");
    }
  }

  private static void takeDown(Registry registry, Pool pool) {
    BackendConfig backend = registry.config().backends().get(pool.name());
    int passive = backend == null ? 0 : backend.healthCheck().passive();
    if (passive == 0) {
      return;
    }
    String reason = "refused or reset " + passive + " connections in a row";
    for (Server server : pool.servers()) {
      if (server.flows().takeFailures(passive) && registry.takeDown(server, reason)) {
        LOG.warn(
            "{} is down: it {}{}",
            Watch.describe(server),
            reason,
            Watch.consequence(registry, server));
      }
    }
  }
}
