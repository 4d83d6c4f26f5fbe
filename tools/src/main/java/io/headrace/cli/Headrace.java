package io.headrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
      ReplayCommand.class,
      PurgeCommand.class,
      DemoCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Headrace implements Callable<Integer> {
  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Headrace())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(new Failures())
            .execute(arguments));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }
}
