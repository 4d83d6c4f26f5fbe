package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As many requests as go through: a short run of wrk.
 *
 * @param perSecond requests
 * @param errors of any kind that wrk counts
 */
record Wrk(double perSecond, long errors) {
  private static final int CONNECTIONS = 32;
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern SOCKET_ERRORS =
      Pattern.compile("connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
  private static final Pattern WRONG_STATUS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

  /** Runs it. */
  static Wrk run(Host on, String url, boolean keepAlive, int seconds) {
    List<String> command =
        new ArrayList<>(List.of("wrk", "-t1", "-c" + CONNECTIONS, "-d" + seconds + "s"));
    if (!keepAlive) {
      command.addAll(List.of("-H", "Connection: close"));
    }
    command.add(url);
    Result result = on.run(command.toArray(String[]::new));
    if (!result.ok()) {
      throw new CommandFailure("wrk failed: " + (result.err() + result.out()).strip());
    }
    return parse(result.out());
  }

  static Wrk parse(String output) {
    Matcher rate = RATE.matcher(output);
    if (!rate.find()) {
      throw new CommandFailure("cannot read what wrk says: " + output.strip());
    }
    return new Wrk(
        Double.parseDouble(rate.group(1)), sum(SOCKET_ERRORS, output) + sum(WRONG_STATUS, output));
  }

  private static long sum(Pattern counts, String output) {
    Matcher found = counts.matcher(output);
    long sum = 0;
    if (found.find()) {
      for (int group = 1; group <= found.groupCount(); group++) {
        sum += Long.parseLong(found.group(group));
      }
    }
    return sum;
  }
}
