package io.headrace.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.admin.SettingsPage;
import io.headrace.config.Config;
import io.headrace.config.ConfigChange;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code headrace check}: whether a configuration can be used, and if not, every reason with its
 * place; and what it would change.
 */
@Command(
    name = "check",
    description = "Validate a configuration; every error with line and column.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final JsonFactory JSON = new JsonFactory();

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = "config.toml",
      description = "Default: ${DEFAULT-VALUE}")
  private Path file;

  @Mixin private ModeOptions mode;

  @Mixin private BalancerOptions balancer;

  @ArgGroup(exclusive = true)
  private Comparison comparison = new Comparison();

  private static final class Comparison {
    @Option(
        names = "--diff",
        description = "Show what FILE would change in the running balancer (of --config).")
    private boolean running;

    @Option(
        names = "--against",
        paramLabel = "OTHER",
        description = "Show what FILE says otherwise than this file.")
    private Optional<Path> other = Optional.empty();
  }

  @Override
  public Integer call() throws ConfigException, IOException {
    Config config = ConfigReader.read(file, mode.chosen());
    if (comparison.running) {
      show(running(), config);
    } else if (comparison.other.isPresent()) {
      show(ConfigReader.read(comparison.other.get(), mode.chosen()).settings(), config);
    } else {
      say(config);
    }
    return 0;
  }

  private static void show(Map<String, Setting> before, Config config) {
    ConfigChange.between(before, config.settings()).forEach(System.out::println);
  }

  private Map<String, Setting> running() throws IOException, ConfigException {
    Map<String, Setting> settings = new LinkedHashMap<>();
    try (InputStream answer = balancer.get(SettingsPage.PATH);
        JsonParser json = JSON.createParser(answer)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        Map<String, String> fields = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          fields.put(name, json.getText());
        }
        settings.put(
            key,
            new Setting(
                fields.getOrDefault("value", ""),
                Boolean.parseBoolean(fields.get("stated")),
                Boolean.parseBoolean(fields.get("at_start"))));
      }
    }
    return settings;
  }

  private void say(Config config) {
    int servers =
        config.backends().values().stream().mapToInt(backend -> backend.servers().size()).sum();
    System.out.printf(
        "%s: good: %s, %s, %s%n",
        file,
        count(config.frontends().size(), "frontend"),
        count(config.backends().size(), "backend"),
        count(servers, "server"));
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
