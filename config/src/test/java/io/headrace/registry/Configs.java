package io.headrace.registry;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import java.nio.file.Path;

/** Configurations for tests: one frontend, "web", and its pool, "pool". */
final class Configs {
  private Configs() {}

  /**
   * @param checks the pool's {@code health_check} table
   * @param servers as {@code "name address weight"}
   */
  static Config of(String checks, String... servers) {
    StringBuilder toml = new StringBuilder();
    toml.append("frontends.web = { listen_addr = '192.0.2.10:80', backend = 'pool' }\n");
    toml.append("backends.pool.health_check = ").append(checks).append('\n');
    for (String server : servers) {
      String[] parts = server.split(" ");
      toml.append(
          String.format(
              "backends.pool.servers.%s = { addr = '%s', weight = %s }%n",
              parts[0], parts[1], parts[2]));
    }
    try {
      return ConfigReader.read(toml.toString(), Path.of("test.toml"), Mode.PASSTHROUGH);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
