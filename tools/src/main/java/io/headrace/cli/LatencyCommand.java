package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.config.ServerConfig;
import io.headrace.monitor.Quantity;
import io.headrace.probe.Probe;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headrace latency}: what a balancer adds to a round trip. */
@Command(
    name = "latency",
    description = {
      "Send small round trips at a fixed rate, through a frontend and straight to each server of it.",
      "Shows how long they take and what the balancer adds. To be run where clients are."
    },
    mixinStandardHelpOptions = true)
final class LatencyCommand implements Callable<Integer> {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};
  private static final String THROUGH = "through ";
  private static final int BAR = 40;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = "config.toml",
      description = "The configuration of the balancer. Default: ${DEFAULT-VALUE}")
  private Path file;

  @Option(
      names = "--frontend",
      paramLabel = "NAME",
      description = "Which frontend. Default: the only one.")
  private Optional<String> frontend;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How long for each way. Default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "200",
      description = "Round trips a second. Default: ${DEFAULT-VALUE}")
  private int rate;

  @Option(
      names = "--request",
      paramLabel = "TEXT",
      defaultValue = "GET / HTTP/1.1\\r\\nHost: headrace\\r\\n\\r\\n",
      description = {
        "What is sent each time, with \\r and \\n; the first bytes that come back are the answer.",
        "Default: a request of HTTP, on one connection."
      })
  private String request;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (seconds < 1 || rate < 1 || rate > 100_000) {
      throw new ParameterException(
          spec.commandLine(), "--seconds and --rate must be 1 or more, --rate at most 100000");
    }
    Config config = ConfigReader.read(file, Mode.PROXY);
    FrontendConfig chosen = choose(config);
    Map<String, InetSocketAddress> ways = new LinkedHashMap<>();
    ways.put(THROUGH + chosen.name(), reachable(chosen.listen()));
    for (ServerConfig server : config.backends().get(chosen.backend()).servers().values()) {
      ways.put("straight to " + server.name(), server.address());
    }
    Map<String, Probe> probes = new LinkedHashMap<>();
    String text = request.replace("\\r", "\r").replace("\\n", "\n");
    ways.forEach((name, to) -> probes.put(name, new Probe(chosen.protocol(), to, text)));
    run(probes, ways);
    try (OutputStream out = new StandardOutput()) {
      if (json) {
        writeJson(probes, out);
      } else {
        out.write(table(probes).getBytes(StandardCharsets.UTF_8));
      }
    }
    return 0;
  }

  private FrontendConfig choose(Config config) {
    if (frontend.isEmpty() && config.frontends().size() != 1) {
      throw new ParameterException(
          spec.commandLine(),
          "which frontend? --frontend " + String.join(" or ", config.frontends().keySet()));
    }
    FrontendConfig chosen =
        frontend.isEmpty()
            ? config.frontends().values().iterator().next()
            : config.frontends().get(frontend.get());
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--frontend: there is no "
              + frontend.get()
              + "; there is "
              + String.join(", ", config.frontends().keySet()));
    }
    return chosen;
  }

  /** One that listens on every address is asked on this machine. */
  private static InetSocketAddress reachable(InetSocketAddress listen) {
    return listen.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), listen.getPort())
        : listen;
  }

  /** In turns of a second, so that what else happens on the machine meets all ways alike. */
  private void run(Map<String, Probe> probes, Map<String, InetSocketAddress> ways) {
    ProgressLine progress = ProgressLine.ofTime("latency");
    int done = 0;
    for (int second = 0; second < seconds; second++) {
      for (Probe probe : probes.values()) {
        probe.run(rate, TimeUnit.SECONDS.toNanos(1));
        progress.at(++done, (long) seconds * probes.size());
      }
    }
    probes.forEach(
        (name, probe) -> {
          if (probe.times().getTotalCount() == 0) {
            throw new CommandFailure(
                "%s (%s): no answer: %s"
                    .formatted(name, Address.format(ways.get(name)), probe.failure()));
          }
        });
  }

  /** Of all servers together: what a client would have met without the balancer. */
  private static Histogram straight(Map<String, Probe> probes) {
    Histogram all = new Histogram(3);
    probes.forEach(
        (name, probe) -> {
          if (!name.startsWith(THROUGH)) {
            all.add(probe.times());
          }
        });
    return all;
  }

  private static Histogram through(Map<String, Probe> probes) {
    return probes.values().iterator().next().times();
  }

  private static double added(Map<String, Probe> probes, double percentile) {
    return through(probes).getValueAtPercentile(percentile)
        - straight(probes).getValueAtPercentile(percentile);
  }

  private static String table(Map<String, Probe> probes) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%-24s%8s%7s%10s%10s%10s%10s%n",
            "ROUND TRIPS", "COUNT", "LOST", "50 %", "90 %", "99 %", "99.9 %"));
    probes.forEach(
        (name, probe) -> {
          text.append(
              String.format(
                  Locale.ROOT, "%-24s%8d%7d", name, probe.times().getTotalCount(), probe.failed()));
          for (int i = 0; i < PERCENTILES.length - 1; i++) {
            text.append(
                String.format(
                    "%10s", Quantity.time(probe.times().getValueAtPercentile(PERCENTILES[i]))));
          }
          text.append('\n');
        });
    text.append(String.format("%-39s", "added by the balancer"));
    double most = 1;
    for (double percentile : PERCENTILES) {
      most = Math.max(most, added(probes, percentile));
    }
    for (int i = 0; i < PERCENTILES.length - 1; i++) {
      text.append(String.format("%10s", difference(added(probes, PERCENTILES[i]))));
    }
    text.append("\n\n");
    for (double percentile : PERCENTILES) {
      double added = added(probes, percentile);
      text.append(
          String.format(
              Locale.ROOT,
              "%7s %%  %10s  %s%n",
              percentile % 1 == 0 ? "%.0f".formatted(percentile) : percentile,
              difference(added),
              "█".repeat((int) Math.round(BAR * Math.max(0, added) / most))));
    }
    return text.toString();
  }

  private static String difference(double ns) {
    return ns < 0 ? "-" + Quantity.time(-ns) : Quantity.time(ns);
  }

  private static void writeJson(Map<String, Probe> probes, OutputStream out) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter();
    json.writeStartObject();
    for (Map.Entry<String, Probe> each : probes.entrySet()) {
      json.writeObjectFieldStart(each.getKey());
      json.writeNumberField("count", each.getValue().times().getTotalCount());
      json.writeNumberField("lost", each.getValue().failed());
      for (double percentile : PERCENTILES) {
        json.writeNumberField(
            field(percentile), each.getValue().times().getValueAtPercentile(percentile));
      }
      json.writeEndObject();
    }
    json.writeObjectFieldStart("added");
    for (double percentile : PERCENTILES) {
      json.writeNumberField(field(percentile), Math.round(added(probes, percentile)));
    }
    json.writeEndObject();
    json.writeEndObject();
    json.flush();
    out.write('\n');
  }

  private static String field(double percentile) {
    return percentile == 100
        ? "max_ns"
        : "p" + String.valueOf(percentile).replace(".0", "").replace(".", "") + "_ns";
  }
}
