package io.headrace.cli;

import io.headrace.admin.StatisticsPage;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace servers}: how each server is, and why. */
@Command(
    name = "servers",
    description = "Show the servers of a running balancer; add and remove them.",
    mixinStandardHelpOptions = true,
    subcommands = {ServerEditCommands.Add.class, ServerEditCommands.Remove.class})
final class ServersCommand implements Callable<Integer> {
  @Mixin private BalancerOptions balancer;

  @Option(names = "--json", description = "Print a JSON array.")
  private boolean json;

  @Override
  public Integer call() throws IOException, ConfigException {
    List<ServerRow> rows;
    try (InputStream stats = balancer.get(StatisticsPage.PATH)) {
      rows = ServerRow.read(stats);
    }
    if (json) {
      ServerRow.writeJson(rows, System.out);
    } else {
      ServerRow.writeTable(rows, System.out);
    }
    return 0;
  }
}
