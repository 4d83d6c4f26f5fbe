package io.headrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code headrace} command. Exit status: 0 done, 1 failed at run time, 2 wrong usage or
 * configuration. Logs and errors go to standard error, data to standard output.
 */
@Command(
    name = "headrace",
    description = "A layer-4 load balancer for one Linux box.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      RunCommand.class,
      CheckCommand.class,
      StatsCommand.class,
      TopCommand.class,
      ServersCommand.class,
      ServerStateCommands.Drain.class,
      ServerStateCommands.Ready.class,
      ServerStateCommands.Maintenance.class,
      WeightCommand.class,
      ReloadCommand.class,
      ProfileCommand.class,
      LatencyCommand.class,
      ConntrackCommand.class,
      ReplayCommand.class,
      PurgeCommand.class,
      DsrSetupCommand.class,
      DemoCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Headrace implements Callable<Integer> {
  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(execute(new Headrace(), arguments));
  }

  /** Runs a command; whatever comes of it, there is an exit status. */
  static int execute(Object command, String... arguments) {
    int status;
    try {
      status =
          new CommandLine(command)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setExecutionExceptionHandler(new Failures())
              .execute(arguments);
    } catch (Throwable e) {
      // An Error goes past the handler.
      Failures.sayDefect(e);
      return ExitCode.SOFTWARE;
    }
    if (System.out.checkError()) {
      Failures.say("cannot write to standard output");
      return ExitCode.SOFTWARE;
    }
    return status;
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }
}
