package io.headrace.config;

import java.util.List;

/**
 * How the flows of a pool are spread over its servers.
 *
 * @param scheduler chooses a server for each new flow
 */
public record BalanceConfig(SchedulerKind scheduler) {
  /** Where the file says nothing. */
  public static final BalanceConfig DEFAULT = new BalanceConfig(SchedulerKind.MAGLEV);

  private static final Key<SchedulerKind> SCHEDULER =
      Key.of(
          "scheduler",
          Types.choice(SchedulerKind.class),
          DEFAULT.scheduler,
          "\"least_connections\"",
          "how a server is chosen for a new connection; [which one when](balancing.md)");

  static final List<Key<?>> KEYS = List.of(SCHEDULER);

  /** Reads the keys of {@code [backends.NAME]} that balancing goes by. */
  static BalanceConfig read(Section section) {
    return new BalanceConfig(section.get(SCHEDULER));
  }
}
