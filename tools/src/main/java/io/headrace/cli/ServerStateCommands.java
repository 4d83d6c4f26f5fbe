package io.headrace.cli;

import io.headrace.balancer.Control;
import io.headrace.config.ConfigException;
import io.headrace.registry.AdminState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What an operator wants of servers: {@code headrace drain | ready | maintenance}. */
final class ServerStateCommands {
  private ServerStateCommands() {}

  private abstract static class StateCommand extends ControlCommand {
    @Parameters(
        paramLabel = "SERVER",
        arity = "1..*",
        description = "BACKEND/NAME, or NAME if one backend alone has such a server.")
    private List<String> servers;

    private final AdminState wanted;

    StateCommand(AdminState wanted) {
      this.wanted = wanted;
    }

    @Override
    public Integer call() throws IOException, ConfigException {
      for (String server : servers) {
        post(Control.STATES + wanted.label(), Map.of(Control.SERVER, server));
      }
      return 0;
    }
  }

  /** {@code headrace drain}. */
  @Command(
      name = "drain",
      description = "Let servers take no new connections; those that they have go on.",
      mixinStandardHelpOptions = true)
  static final class Drain extends StateCommand {
    Drain() {
      super(AdminState.DRAIN);
    }
  }

  /** {@code headrace ready}. */
  @Command(
      name = "ready",
      description = "Let servers work as their checks say; the end of drain and maintenance.",
      mixinStandardHelpOptions = true)
  static final class Ready extends StateCommand {
    Ready() {
      super(AdminState.READY);
    }
  }

  /** {@code headrace maintenance}. */
  @Command(
      name = "maintenance",
      description = "Take servers out of service: no new connections, no checks.",
      mixinStandardHelpOptions = true)
  static final class Maintenance extends StateCommand {
    Maintenance() {
      super(AdminState.MAINTENANCE);
    }
  }
}
