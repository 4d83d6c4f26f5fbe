package io.headrace.cli;

import io.headrace.balancer.Control;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code headrace weight}. */
@Command(
    name = "weight",
    description = "Give a server another share of new connections, or that of the configuration.",
    mixinStandardHelpOptions = true)
final class WeightCommand extends ControlCommand {
  @Parameters(
      index = "0",
      paramLabel = "SERVER",
      description = "BACKEND/NAME, or NAME if one backend alone has such a server.")
  private String server;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "WEIGHT",
      description = "0 takes no new connections. Default: that of the configuration.")
  private Optional<String> weight;

  @Override
  public Integer call() throws IOException, ConfigException {
    Map<String, String> query = new HashMap<>(Map.of(Control.SERVER, server));
    weight.ifPresent(text -> query.put("weight", text));
    post(Control.WEIGHT, query);
    return 0;
  }
}
