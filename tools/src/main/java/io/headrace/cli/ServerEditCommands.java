package io.headrace.cli;

import io.headrace.balancer.Control;
import io.headrace.config.ConfigException;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headrace servers add | remove}. */
final class ServerEditCommands {
  private ServerEditCommands() {}

  /** {@code headrace servers add}. */
  @Command(
      name = "add",
      description = "Add a server to a backend of a running balancer.",
      mixinStandardHelpOptions = true)
  static final class Add extends ControlCommand {
    @Parameters(index = "0", paramLabel = "BACKEND/NAME", description = "How it is called.")
    private String server;

    @Parameters(index = "1", paramLabel = "ADDRESS:PORT", description = "Where it is.")
    private String address;

    @Option(
        names = "--set",
        paramLabel = "KEY=VALUE",
        description = "Another key of its table, as the configuration has it: --set weight=2")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Override
    public Integer call() throws IOException, ConfigException {
      Map<String, String> query = new HashMap<>(keys);
      query.put("addr", address);
      query.put(Control.SERVER, server);
      post(Control.ADD, query);
      return 0;
    }
  }

  /** {@code headrace servers remove}. */
  @Command(
      name = "remove",
      description = "Remove a server; connections that it has go on.",
      mixinStandardHelpOptions = true)
  static final class Remove extends ControlCommand {
    @Parameters(paramLabel = "SERVER", description = "BACKEND/NAME.")
    private String server;

    @Override
    public Integer call() throws IOException, ConfigException {
      post(Control.REMOVE, Map.of(Control.SERVER, server));
      return 0;
    }
  }
}
