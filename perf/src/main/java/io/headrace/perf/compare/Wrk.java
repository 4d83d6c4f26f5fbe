package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A run of wrk, in which every request was answered.
 *
 * @param requests answered
 * @param perSecond of these
 * @param p99Us the time that 99 of 100 requests take at most, in microseconds
 */
record Wrk(long requests, double perSecond, double p99Us) {
  private static final Duration MARGIN = Duration.ofSeconds(30);
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern P99 = Pattern.compile("\\s99%\\s+([0-9.]+)(us|ms|s)\\s");
  private static final Map<String, Double> IN_US = Map.of("us", 1.0, "ms", 1e3, "s", 1e6);
  private static final Pattern ERRORS =
      Pattern.compile("Socket errors: .*|Non-2xx or 3xx responses: .*");

  /**
   * What wrk is told.
   *
   * @param keepAlive false for a connection for each request
   */
  record Load(int threads, int connections, boolean keepAlive) {}

  /**
   * @throws TestbedException when it counts an error
   */
  static Wrk run(Host on, Load load, String url, int seconds) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "wrk",
                "--latency",
                "-t" + load.threads(),
                "-c" + load.connections(),
                "-d" + seconds + "s"));
    if (!load.keepAlive()) {
      command.addAll(List.of("-H", "Connection: close"));
    }
    command.add(url);
    Result result =
        on.run(Duration.ofSeconds(seconds).plus(MARGIN), command.toArray(String[]::new));
    if (!result.ok()) {
      throw new TestbedException("wrk failed: " + (result.err() + result.out()).strip());
    }
    return parse(result.out());
  }

  static Wrk parse(String output) {
    Matcher errors = ERRORS.matcher(output);
    if (errors.find()) {
      throw new TestbedException("wrk counted errors: " + errors.group());
    }
    Matcher requests = REQUESTS.matcher(output);
    Matcher rate = RATE.matcher(output);
    Matcher p99 = P99.matcher(output);
    if (!requests.find() || !rate.find() || !p99.find() || requests.group(1).equals("0")) {
      throw new TestbedException("wrk got no answers: " + output.strip());
    }
    return new Wrk(
        Long.parseLong(requests.group(1)),
        Double.parseDouble(rate.group(1)),
        Double.parseDouble(p99.group(1)) * IN_US.get(p99.group(2)));
  }
}
