package io.headrace.counters;

import java.time.Instant;

/**
 * A balancer that takes no new connections, and ends when those that it has are over: it is told to
 * stop, or another process has followed it.
 *
 * @param pid its process
 * @param since when it began to drain
 * @param connections that are still open
 */
public record Draining(long pid, Instant since, long connections) {}
