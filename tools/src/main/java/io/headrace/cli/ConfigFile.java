package io.headrace.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The configuration that a command is about: by itself, or as Convey has it, with an option. */
final class ConfigFile {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description = "The configuration. Default: ${DEFAULT-VALUE}")
  private Path configured;

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "The same, in place of --config.")
  private Optional<Path> named;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  Path path() {
    if (named.isPresent() && command.commandLine().getParseResult().hasMatchedOption("--config")) {
      throw new ParameterException(
          command.commandLine(), "a FILE and --config are the same; leave one out");
    }
    return named.orElse(configured);
  }
}
