package io.headrace.demo;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * Requests in figures. Times are in nanoseconds, from the moment that a request was due to the last
 * byte of its body: with a connection for each request, its making included; of a connection that
 * is kept, the first request has no time.
 *
 * @param requests right answers and errors
 * @param errors of these, by kind
 */
record Summary(
    long requests, Map<Fault, Long> errors, long p50Ns, long p99Ns, long p999Ns, long maxNs) {

  long errorCount() {
    return count(errors);
  }

  static long count(Map<Fault, Long> errors) {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Such as {@code 41 (40 refused, 1 reset)}. */
  static String describe(Map<Fault, Long> errors) {
    return errors.isEmpty()
        ? "0"
        : "%,d (%s)"
            .formatted(
                count(errors),
                errors.entrySet().stream()
                    .map(entry -> "%,d %s".formatted(entry.getValue(), entry.getKey().label()))
                    .collect(Collectors.joining(", ")));
  }
}
