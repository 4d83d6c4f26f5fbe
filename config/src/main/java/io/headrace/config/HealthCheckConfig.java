package io.headrace.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the servers of a pool are checked.
 *
 * @param interval between the starts of two checks of one server; zero means that nothing is
 *     checked, and every server counts as up
 * @param fastInterval the same while checks are about to change a server's state
 * @param jitter percent by which an interval may be shorter or longer
 * @param timeout after which a check that got no answer has failed; no longer than the interval
 * @param rise successes in a row that bring a server up
 * @param fall failures in a row that take a server down
 * @param grace how long failures of a new server do not count, unless it has passed a check
 * @param passive connections in a row that a server refuses or resets and that take it down; 0 for
 *     any number
 * @param port where servers are checked, if it is not their own
 * @param at whose address servers of direct return are checked at
 * @param probe what a check does
 * @param agent that is asked beside the checks
 */
public record HealthCheckConfig(
    Duration interval,
    Duration fastInterval,
    int jitter,
    Duration timeout,
    int rise,
    int fall,
    Duration grace,
    int passive,
    OptionalInt port,
    At at,
    ProbeConfig probe,
    Optional<AgentConfig> agent) {
  /**
   * Whose address a server is checked at that holds its frontend's too. FRONTEND: that of the
   * frontend, by the way that its traffic goes; SERVER: its own.
   */
  public enum At {
    FRONTEND,
    SERVER
  }

  /** Where the file says nothing; the figures are those of HAProxy, and a time-out of 2 s. */
  public static final HealthCheckConfig DEFAULT = every(Duration.ofSeconds(2));

  private static HealthCheckConfig every(Duration interval) {
    return new HealthCheckConfig(
        interval,
        interval,
        0,
        Duration.ofSeconds(2),
        2,
        3,
        Duration.ZERO,
        0,
        OptionalInt.empty(),
        At.FRONTEND,
        new ProbeConfig.Tcp(Optional.empty(), Optional.empty()),
        Optional.empty());
  }

  /**
   * The same, of servers that are not checked: where the file says nothing and only UDP frontends
   * use the pool, as a server of UDP need not answer TCP.
   */
  HealthCheckConfig unchecked() {
    return new HealthCheckConfig(
        Duration.ZERO,
        Duration.ZERO,
        jitter,
        timeout,
        rise,
        fall,
        grace,
        passive,
        port,
        at,
        probe,
        agent);
  }
}
