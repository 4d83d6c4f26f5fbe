package io.headrace.config;

import java.time.Duration;

/**
 * How the servers of a pool are checked.
 *
 * @param interval between the starts of two checks of one server; zero means that nothing is
 *     checked
 * @param timeout after which a check that got no answer has failed
 * @param rise successes in a row that bring a server up
 * @param fall failures in a row that take a server down
 */
public record HealthCheckConfig(Duration interval, Duration timeout, int rise, int fall) {}
