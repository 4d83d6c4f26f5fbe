package io.headrace.cli;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@code headrace check}: whether a configuration can be used, and if not, every reason with its
 * place.
 */
@Command(
    name = "check",
    description = "Validate a configuration; every error with line and column.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = "config.toml",
      description = "Default: ${DEFAULT-VALUE}")
  private Path file;

  @Mixin private ModeOptions mode;

  @Override
  public Integer call() throws ConfigException {
    Config config = ConfigReader.read(file, mode.chosen());
    int servers =
        config.backends().values().stream().mapToInt(backend -> backend.servers().size()).sum();
    System.out.printf(
        "%s: good: %s, %s, %s%n",
        file,
        count(config.frontends().size(), "frontend"),
        count(config.backends().size(), "backend"),
        count(servers, "server"));
    return 0;
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
