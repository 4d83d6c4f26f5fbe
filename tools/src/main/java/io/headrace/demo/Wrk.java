package io.headrace.demo;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * As many requests as go through: a short run of wrk.
 *
 * @param perSecond requests
 * @param errors of any kind that wrk counts
 * @param wrongBodies answers that are not the name of a server that may answer
 * @param failure why there was no run; empty when there was one
 */
record Wrk(double perSecond, long errors, long wrongBodies, String failure) {
  private static final int CONNECTIONS = 32;
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern SOCKET_ERRORS =
      Pattern.compile("connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
  private static final Pattern WRONG_BODIES = Pattern.compile("Wrong bodies: (\\d+)");
  private static final Pattern WRONG_STATUS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

  /** Compares each body with the names that may be in it. Costs wrk no rate that shows. */
  private static final String SCRIPT =
      """
      local threads = {}
      function setup(thread) table.insert(threads, thread) end
      function init(names)
        wrong = 0
        right = {}
        for _, name in ipairs(names) do right[name .. "\\n"] = true end
      end
      function response(status, headers, body)
        if not right[body] then wrong = wrong + 1 end
      end
      function done()
        local sum = 0
        for _, thread in ipairs(threads) do sum = sum + thread:get("wrong") end
        print("Wrong bodies: " .. sum)
      end
      """;

  /**
   * Runs it.
   *
   * @param names of the servers that may answer
   */
  static Wrk run(Host on, String url, Set<String> names, boolean keepAlive, int seconds)
      throws IOException {
    Path script = Files.writeString(on.directory().resolve("bodies.lua"), SCRIPT);
    List<String> command =
        new ArrayList<>(List.of("wrk", "-t1", "-c" + CONNECTIONS, "-d" + seconds + "s"));
    command.addAll(List.of("-s", script.toString()));
    if (!keepAlive) {
      command.addAll(List.of("-H", "Connection: close"));
    }
    command.addAll(List.of(url, "--"));
    command.addAll(names);
    return of(on.run(command.toArray(String[]::new)));
  }

  static Wrk of(Result result) {
    String output = result.out();
    Matcher rate = RATE.matcher(output);
    if (!result.ok() || !rate.find()) {
      return new Wrk(0, 0, 0, (result.err() + output).strip());
    }
    return new Wrk(
        Double.parseDouble(rate.group(1)),
        sum(SOCKET_ERRORS, output) + sum(WRONG_STATUS, output),
        sum(WRONG_BODIES, output),
        "");
  }

  /** What must not be; empty when all is well. */
  String problem() {
    if (!failure.isEmpty()) {
      return "wrk failed: " + failure.lines().collect(Collectors.joining("; "));
    } else if (errors > 0 || wrongBodies > 0) {
      return "%,d errors, %,d wrong bodies".formatted(errors, wrongBodies);
    }
    return perSecond > 0 ? "" : "no answers";
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
