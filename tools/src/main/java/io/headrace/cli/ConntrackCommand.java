package io.headrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code headrace conntrack}: the connections of a balancer, be it running or not. */
@Command(
    name = "conntrack",
    description = {
      "Show connections, of a running balancer or of a stopped one's flow file; close some.",
      "It is asked on its control socket, or at the address in [stats] of its configuration."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      ConntrackListCommand.class,
      ConntrackCountCommand.class,
      ConntrackExportCommand.class,
      ConntrackCloseCommand.class
    })
final class ConntrackCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "list, count, export or close?");
  }
}
