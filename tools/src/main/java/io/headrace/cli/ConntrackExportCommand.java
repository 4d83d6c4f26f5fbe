package io.headrace.cli;

import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code headrace conntrack export}: for another program. */
@Command(
    name = "export",
    description = "Print connections as JSON, an object a line, in no order.",
    mixinStandardHelpOptions = true)
final class ConntrackExportCommand implements Callable<Integer> {
  @Mixin private FlowOptions flows;

  @Override
  public Integer call() throws ConfigException, IOException {
    FlowAnswers answers = flows.answers();
    try (StandardOutput out = new StandardOutput()) {
      answers.list(out);
    }
    answers.requireWhole();
    return 0;
  }
}
