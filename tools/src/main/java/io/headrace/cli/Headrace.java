package io.headrace.cli;

import java.util.List;
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
    versionProvider = Version.class)
public final class Headrace implements Callable<Integer> {
  private static final List<Class<?>> COMMANDS =
      List.of(
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
          LogLevelCommand.class,
          ProfileCommand.class,
          LatencyCommand.class,
          ConntrackCommand.class,
          ReplayCommand.class,
          DoctorCommand.class,
          PurgeCommand.class,
          DsrSetupCommand.class,
          DemoCommand.class,
          CommandLine.HelpCommand.class);

  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(execute(arguments));
  }

  static int execute(String... arguments) {
    return execute(commandLine(arguments), arguments);
  }

  /** What these arguments are to be executed by. */
  public static CommandLine commandLine(String... arguments) {
    CommandLine line = new CommandLine(new Headrace());
    commands(arguments).forEach(line::addSubcommand);
    return line;
  }

  /** The one that is named alone, if one is: a start is not to wait until all have been read. */
  private static List<Class<?>> commands(String... arguments) {
    return COMMANDS.stream()
        .filter(command -> command != CommandLine.HelpCommand.class)
        .filter(command -> arguments.length > 0 && isNamed(command, arguments[0]))
        .<List<Class<?>>>map(List::of)
        .findFirst()
        .orElse(COMMANDS);
  }

  private static boolean isNamed(Class<?> command, String name) {
    return command.getAnnotation(Command.class).name().equals(name);
  }

  /** Runs a command; whatever comes of it, there is an exit status. */
  static int execute(CommandLine command, String... arguments) {
    int status;
    try {
      status =
          command
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
