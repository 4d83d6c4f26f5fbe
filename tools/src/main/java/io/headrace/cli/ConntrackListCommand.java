package io.headrace.cli;

import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace conntrack list}: for a person. */
@Command(
    name = "list",
    description = "Show connections, one a line, in no order.",
    mixinStandardHelpOptions = true)
final class ConntrackListCommand implements Callable<Integer> {
  @Mixin private FlowOptions flows;

  @Option(names = "--json", description = "Print a JSON array.")
  private boolean json;

  @Override
  public Integer call() throws ConfigException, IOException {
    FlowAnswers answers = flows.answers();
    try (StandardOutput out = new StandardOutput()) {
      LineStream lines = json ? new JsonArray(out) : new FlowRows(out);
      answers.list(lines);
      lines.end();
    }
    answers.requireWhole();
    return 0;
  }
}
