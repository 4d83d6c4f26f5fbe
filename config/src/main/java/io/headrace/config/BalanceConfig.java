package io.headrace.config;

import java.time.Duration;
import java.util.List;

/**
 * How the flows of a pool are spread over its servers.
 *
 * @param scheduler chooses a server for each new flow
 * @param slowStart how long a server that comes up is given less than its share; 0 for not at all
 * @param panicThreshold percent: if fewer servers are up, all are taken to be; 0 for never
 * @param onDown what happens to the TCP flows of a server that goes down
 */
public record BalanceConfig(
    SchedulerKind scheduler, Duration slowStart, int panicThreshold, OnDown onDown) {
  /** Where the file says nothing. */
  public static final BalanceConfig DEFAULT =
      new BalanceConfig(SchedulerKind.MAGLEV, Duration.ZERO, 0, OnDown.KEEP);

  private static final Key<SchedulerKind> SCHEDULER =
      Key.of(
          "scheduler",
          Types.choice(SchedulerKind.class),
          DEFAULT.scheduler,
          "\"least_connections\"",
          "how a server is chosen for a new connection; [which one when](balancing.md)");

  private static final Key<Duration> SLOW_START =
      Key.of(
          "slow_start",
          Types.durationOrZero(Duration.ofSeconds(1), "the whole at once"),
          DEFAULT.slowStart,
          "\"30s\"",
          "in this time a server that comes up gets from a twentieth of its share to the whole");

  private static final Key<Integer> PANIC_THRESHOLD =
      Key.of(
          "panic_threshold",
          Types.integer(0, 100),
          DEFAULT.panicThreshold,
          "50",
          "percent: when fewer servers are up, new connections go to all, as if every one were;"
              + " 0 never");

  private static final Key<OnDown> ON_DOWN =
      Key.of(
          "on_down",
          Types.choice(OnDown.class),
          DEFAULT.onDown,
          "\"reset\"",
          "what happens to the TCP connections of a server that goes down: they stay, their clients"
              + " are reset, or, in passthrough, they go on with another server");

  static final List<Key<?>> KEYS = List.of(SCHEDULER, SLOW_START, PANIC_THRESHOLD, ON_DOWN);

  /** Reads the keys of {@code [backends.NAME]} that balancing goes by. */
  static BalanceConfig read(Section section) {
    return new BalanceConfig(
        section.get(SCHEDULER),
        section.get(SLOW_START),
        section.get(PANIC_THRESHOLD),
        section.get(ON_DOWN));
  }
}
