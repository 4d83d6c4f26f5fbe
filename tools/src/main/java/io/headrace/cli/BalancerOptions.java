package io.headrace.cli;

import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.ControlPath;
import io.headrace.config.Mode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which running balancer is meant, and what is asked of it. */
final class BalancerOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "config.toml",
      description = "The configuration of the balancer. Default: ${DEFAULT-VALUE}")
  private Path config;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "Its control socket, in place of the one that the configuration tells.")
  private Optional<Path> socket;

  /** Reads a page. */
  InputStream get(String path) throws IOException, ConfigException {
    Path at = at();
    return AdminClient.get(at, path, Map.of()).orElseThrow(() -> nobody(at));
  }

  /** Has something done, and answers what was. */
  String post(String path, Map<String, String> query) throws IOException, ConfigException {
    Path at = at();
    return AdminClient.post(at, path, query).orElseThrow(() -> nobody(at));
  }

  /** Where a balancer that runs is found, unless it could not say so: then by its configuration. */
  static Path socket(Path config) throws ConfigException {
    Path usual = ControlPath.of(config);
    return Files.exists(usual)
        ? usual
        : ConfigReader.read(config, Mode.PROXY).control().socket().orElse(usual);
  }

  private Path at() throws ConfigException {
    return socket.isPresent() ? socket.get() : socket(config);
  }

  private CommandFailure nobody(Path at) {
    return new CommandFailure(
        ("no balancer that you may control listens on %s, the socket of configuration %s;"
                + " name another with --config or --socket")
            .formatted(at, config));
  }
}
