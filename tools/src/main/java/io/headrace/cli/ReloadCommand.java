package io.headrace.cli;

import io.headrace.balancer.Control;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code headrace reload}. */
@Command(
    name = "reload",
    description = "Have the balancer read its configuration at once, and say what has changed.",
    mixinStandardHelpOptions = true)
final class ReloadCommand extends ControlCommand {
  @Override
  public Integer call() throws IOException, ConfigException {
    post(Control.RELOAD, Map.of());
    return 0;
  }
}
