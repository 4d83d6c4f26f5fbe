package io.headrace.endtoend;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Requests with a new connection each.
 *
 * @param exit curl's status: 0 when every request was answered
 * @param byServer how many answers each server gave
 * @param log what curl said of failures
 */
record Requests(int exit, Map<String, Long> byServer, String log) {
  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** Makes so many, one after another, and stops at the first that fails. */
  static Requests make(Host from, String address, int count) {
    Result result =
        from.run(
            LIMIT,
            "curl",
            "-sS",
            "--fail",
            "--fail-early",
            "--max-time",
            "60",
            "--header",
            "Connection: close",
            "http://%s/?[1-%d]".formatted(address, count));
    return new Requests(
        result.exit(),
        result
            .out()
            .lines()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting())),
        result.err());
  }

  long of(Host server) {
    return byServer.getOrDefault(server.name(), 0L);
  }

  long answered() {
    return byServer.values().stream().mapToLong(Long::longValue).sum();
  }
}
