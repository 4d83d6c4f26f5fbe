package io.headrace.cli;

import io.headrace.config.ConfigReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace run}: the balancer, until it is told to stop (SIGTERM, SIGINT). */
@Command(
    name = "run",
    description = "Run the balancer, until SIGTERM or Ctrl-C.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description =
          "The configuration; a change of it is applied at once. Default: ${DEFAULT-VALUE}")
  private Path file;

  @Mixin private ModeOptions mode;

  @Override
  public Integer call() throws Exception {
    ConfigReader.read(file, mode.chosen());
    return 0;
  }
}
