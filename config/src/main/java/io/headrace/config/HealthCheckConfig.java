package io.headrace.config;

import java.time.Duration;

/**
 * How the servers of a pool are checked: a TCP connection to the server's own address and port.
 *
 * @param interval between the starts of two checks of one server; zero means that nothing is
 *     checked, and every server counts as up
 * @param timeout after which a check that got no answer has failed; no longer than the interval
 * @param rise successes in a row that bring a server up
 * @param fall failures in a row that take a server down
 */
public record HealthCheckConfig(Duration interval, Duration timeout, int rise, int fall) {
  /** Where the file says nothing; the figures are those of HAProxy, and a time-out of 2 s. */
  public static final HealthCheckConfig DEFAULT =
      new HealthCheckConfig(Duration.ofSeconds(2), Duration.ofSeconds(2), 2, 3);

  /**
   * Where the file says nothing and only UDP frontends use the pool: a server of UDP need not
   * answer TCP.
   */
  public static final HealthCheckConfig NONE =
      new HealthCheckConfig(Duration.ZERO, DEFAULT.timeout, DEFAULT.rise, DEFAULT.fall);
}
