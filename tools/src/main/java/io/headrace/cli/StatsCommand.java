package io.headrace.cli;

import io.headrace.admin.Statistics;
import io.headrace.counters.CountersView;
import io.headrace.monitor.Balancers;
import io.headrace.monitor.Line;
import io.headrace.monitor.Moment;
import io.headrace.monitor.Screen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headrace stats}: what a balancer has counted, running or killed. */
@Command(
    name = "stats",
    description = {
      "Show what a balancer has counted since its start.",
      "It reads the balancer's counters file, and asks it nothing: it works after a crash, too."
    },
    mixinStandardHelpOptions = true)
final class StatsCommand implements Callable<Integer> {
  private static final int WIDTH = 80;
  private static final long EVERY_MS = 1_000;

  @Parameters(
      paramLabel = "BALANCER",
      arity = "0..1",
      description = "Its process id, or a counters file. Default: the one that runs.")
  private Optional<String> balancer;

  @Option(names = "--json", description = "Print a JSON object, that of /stats.")
  private boolean json;

  @Option(
      names = "--watch",
      description = "Print what comes a second, every second, until the balancer has ended.")
  private boolean watch;

  @Override
  public Integer call() throws IOException, InterruptedException {
    CountersView view = Balancers.find(balancer);
    if (!view.isAlive() && !watch) {
      Failures.say("process " + view.pid() + " has ended; these are its last counts");
    }
    Optional<Moment> before = Optional.empty();
    try (OutputStream out = new StandardOutput()) {
      do {
        if (watch) {
          before = Optional.of(Moment.of(view));
          Thread.sleep(EVERY_MS);
        }
        if (json) {
          print(view, out);
        } else {
          print(view, before, out);
        }
        out.flush();
      } while (watch && view.isAlive());
    }
    return 0;
  }

  private static void print(CountersView view, OutputStream out) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    Statistics.write(view, text);
    text.writeTo(out);
    out.write('\n');
  }

  private static void print(CountersView view, Optional<Moment> before, OutputStream out)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (Line line : Screen.lines(view, Moment.of(view), before, WIDTH)) {
      text.append(line.text().stripTrailing()).append('\n');
    }
    if (before.isPresent()) {
      text.append('\n');
    }
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
