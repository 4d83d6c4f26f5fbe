package io.headrace.perf.soak;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/**
 * The command {@code perf/soak}. Exit status: 0 nothing was lost, 1 something was, or failed, 2
 * wrong usage.
 */
@Command(
    name = "perf/soak",
    description = {
      "The long runs: what must not be lost while the balancer is killed, changed and flooded.",
      "In network namespaces of this machine; needs root, and leaves nothing behind. Without a command, all of them run."
    },
    subcommands = {Kills.class, Rolling.class, Flood.class},
    sortOptions = false)
public final class Soak implements Callable<Integer> {
  private static final int USAGE_WIDTH = 100;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this.")
  private boolean help;

  public static void main(String[] arguments) {
    CommandLine command = new CommandLine(new Soak());
    command.setUsageHelpWidth(USAGE_WIDTH);
    System.exit(command.execute(arguments));
  }

  @Override
  public Integer call() {
    int status = ExitCode.OK;
    for (LongRun each : List.of(new Kills(), new Rolling(), new Flood())) {
      status = Math.max(status, each.call());
    }
    return status;
  }
}
