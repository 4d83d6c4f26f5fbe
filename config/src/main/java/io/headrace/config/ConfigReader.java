package io.headrace.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/**
 * Reads a configuration file (TOML 1.0 and 1.1). It takes Convey's files as they are, and tells
 * every error at once. While the TOML itself is broken only that is told: what the rest means is
 * not known.
 */
public final class ConfigReader {
  /** An error takes the parser some kilobytes: so many characters of nothing else fit in memory. */
  private static final int STEP = 64 << 10;

  private ConfigReader() {}

  /**
   * Reads a file.
   *
   * @param defaultMode of the frontends that name none
   * @throws ConfigException when it cannot be read or cannot be used
   */
  public static Config read(Path file, Mode defaultMode) throws ConfigException {
    return read(ConfigFile.decode(ConfigFile.load(file), file), file, defaultMode);
  }

  /**
   * Reads a text.
   *
   * @param file its name in errors, and what relative paths in it are relative to
   * @param defaultMode of the frontends that name none
   * @throws ConfigException when it cannot be used
   */
  public static Config read(String text, Path file, Mode defaultMode) throws ConfigException {
    String toml = text.startsWith("\uFEFF") ? text.substring(1) : text;
    if (toml.isBlank()) {
      throw ConfigFile.refusal(file, "the file is empty; it needs at least a [frontends.NAME]");
    }
    Problems problems = new Problems(file.toString());
    TomlParseResult parsed = parse(toml);
    for (TomlParseError error : parsed.errors()) {
      problems.add(error.position(), startLower(error.getMessage()));
    }
    problems.throwIfAny();
    Section root = new Section(parsed, List.of(), TomlPosition.positionAt(1, 1), problems);
    Config config = read(root, file, defaultMode);
    problems.throwIfAny();
    return config;
  }

  /** Only the beginning, where that has more errors than are told: it is a file of another kind. */
  private static TomlParseResult parse(String toml) {
    for (int length = STEP; length < toml.length(); length += STEP) {
      int lines = toml.lastIndexOf('\n', length) + 1;
      TomlParseResult beginning = Toml.parse(toml.substring(0, lines));
      if (beginning.errors().size() > ConfigException.MOST_TOLD) {
        return beginning;
      }
    }
    return Toml.parse(toml);
  }

  private static Config read(Section root, Path file, Mode defaultMode) {
    root.require("frontends", "{ web = { listen_addr = \"192.0.2.10:80\", backend = \"NAME\" } }");
    Optional<Section> frontendTable = root.section("frontends");
    Optional<Section> backendTable = root.section("backends");
    StatsConfig stats =
        root.section("stats").map(StatsReader::read).orElse(new StatsConfig(Optional.empty()));
    PassthroughConfig passthrough =
        root.section("passthrough")
            .map(section -> PassthroughReader.read(section, file))
            .orElse(PassthroughConfig.DEFAULT);
    ProxyConfig proxy =
        root.section("proxy")
            .map(section -> ProxyReader.read(section, file))
            .orElse(ProxyConfig.DEFAULT);
    root.refuseOthers();

    Map<String, ParsedBackend> backends = new LinkedHashMap<>();
    backendTable.ifPresent(
        table ->
            table.sections().forEach(each -> backends.put(each.name(), BackendReader.read(each))));
    FrontendReader frontends =
        new FrontendReader(
            defaultMode,
            backendTable.map(Section::keys).orElse(Set.of()),
            backends,
            passthrough.natPorts());
    frontendTable.ifPresent(
        table -> {
          if (table.keys().isEmpty()) {
            table.problem("[frontends] is empty; add a [frontends.NAME]");
          }
          table.sections().forEach(frontends::read);
        });
    return new Config(
        Collections.unmodifiableMap(frontends.frontends()),
        finish(backends, frontends.frontends()),
        stats,
        passthrough,
        proxy);
  }

  /** A pool that only UDP frontends use is not checked over TCP unless the file says so. */
  private static Map<String, BackendConfig> finish(
      Map<String, ParsedBackend> parsed, Map<String, FrontendConfig> frontends) {
    Map<String, BackendConfig> backends = new LinkedHashMap<>();
    parsed.forEach(
        (name, backend) -> {
          List<Protocol> protocols =
              frontends.values().stream()
                  .filter(frontend -> frontend.uses(name))
                  .map(FrontendConfig::protocol)
                  .distinct()
                  .toList();
          boolean unchecked = !backend.statesChecks() && protocols.equals(List.of(Protocol.UDP));
          BackendConfig config = backend.config();
          backends.put(
              name,
              unchecked
                  ? new BackendConfig(
                      name, config.servers(), HealthCheckConfig.NONE, config.proxy())
                  : config);
        });
    return Collections.unmodifiableMap(backends);
  }

  private static String startLower(String message) {
    return Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
