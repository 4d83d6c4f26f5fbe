package io.headrace.health;

import io.headrace.config.BackendConfig;
import io.headrace.config.HealthCheckConfig;
import io.headrace.registry.Server;
import java.util.Optional;

/** A server's check, made once. */
public final class SingleCheck {
  private SingleCheck() {}

  /**
   * Checks a server as its backend has it, on the calling thread.
   *
   * @return what is wrong, which completes the sentence "it is down: …"; empty when nothing is
   */
  public static Optional<String> run(BackendConfig backend, Server server) {
    HealthCheckConfig config = backend.healthCheck();
    try (Prober prober = new Prober(1)) {
      Outcome outcome =
          prober.probe(
              Checks.of(config.probe()),
              server,
              HealthChecker.at(backend, server),
              config.timeout());
      return switch (outcome) {
        case Outcome.Passed() -> Optional.empty();
        case Outcome.Failed(String reason) -> Optional.of(reason);
        case Outcome.Unknown(String reason) -> Optional.of(reason);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }
}
