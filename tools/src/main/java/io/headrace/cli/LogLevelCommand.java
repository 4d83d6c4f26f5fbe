package io.headrace.cli;

import io.headrace.balancer.Control;
import io.headrace.config.ConfigException;
import io.headrace.log.Log;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code headrace log-level}. */
@Command(
    name = "log-level",
    description = "Have the running balancer log more or less; without LEVEL, say what it logs.",
    mixinStandardHelpOptions = true)
final class LogLevelCommand extends ControlCommand {
  @Parameters(
      paramLabel = "LEVEL",
      arity = "0..1",
      description = "One of: ${COMPLETION-CANDIDATES}")
  private Optional<Log.Verbosity> level;

  @Override
  public Integer call() throws IOException, ConfigException {
    post(
        Control.LOG_LEVEL, level.map(each -> Map.of(Control.LEVEL, each.label())).orElse(Map.of()));
    return 0;
  }
}
