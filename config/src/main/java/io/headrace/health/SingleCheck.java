package io.headrace.health;

import io.headrace.config.BackendConfig;
import io.headrace.config.HealthCheckConfig;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import java.util.List;
import java.util.Optional;

/** A server's check, made once. */
public final class SingleCheck {
  private SingleCheck() {}

  /**
   * Whether a server is checked at its frontends' addresses alone, as only a running balancer can.
   *
   * @param services those that use its pool
   */
  public static boolean isElsewhere(List<Service> services, BackendConfig backend, Server server) {
    return Destination.of(services, backend, server).stream()
        .allMatch(each -> each.frontend().isPresent());
  }

  /**
   * Checks a server at its own address, as its backend has it, on the calling thread.
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
              Place.at(Destination.own(backend, server)),
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
