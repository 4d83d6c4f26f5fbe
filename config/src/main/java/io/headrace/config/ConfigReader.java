package io.headrace.config;

import io.headrace.config.ConfigSource.Content;
import io.headrace.config.ConfigSource.Document;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/**
 * Reads a configuration (TOML 1.0 and 1.1). It takes Convey's files as they are, and tells every
 * error at once. While the TOML itself is broken only that is told: what the rest means is not
 * known.
 */
public final class ConfigReader {
  private static final Key<Map<String, Located<Section>>> FRONTENDS =
      Key.required(
          "frontends",
          Types.tables(FrontendReader.KEYS),
          "{ web = { listen_addr = \"192.0.2.10:80\", backend = \"NAME\" } }",
          "what clients connect to");

  private static final Key<Map<String, Located<Section>>> BACKENDS =
      Key.optional("backends", Types.tables(BackendReader.KEYS), "", "", "a pool of servers");

  private static final Key<Section> PROXY =
      Key.optional("proxy", Types.table(ProxyReader.KEYS), "", "", "mode proxy as a whole");

  private static final Key<Section> PASSTHROUGH =
      Key.optional(
          "passthrough", Types.table(PassthroughReader.KEYS), "", "", "the pipeline of frames");

  private static final Key<Section> STATS =
      Key.optional("stats", Types.table(StatsReader.KEYS), "", "", "statistics over HTTP");

  private static final Key<Section> CONTROL =
      Key.optional(
          "control", Types.table(ControlReader.KEYS), "", "", "control of a running balancer");

  /** All that a configuration may say. */
  static final List<Key<?>> KEYS = List.of(FRONTENDS, BACKENDS, PROXY, PASSTHROUGH, STATS, CONTROL);

  /** An error takes the parser some kilobytes: so many characters of nothing else fit in memory. */
  private static final int STEP = 64 << 10;

  private ConfigReader() {}

  /**
   * Reads a file, or the files of a directory.
   *
   * @param defaultMode of the frontends that name none
   * @throws ConfigException when it cannot be read or cannot be used
   */
  public static Config read(Path file, Mode defaultMode) throws ConfigException {
    return read(ConfigSource.of(file).load(), defaultMode);
  }

  /**
   * Reads a text.
   *
   * @param file its name in errors, and what relative paths in it are relative to
   * @param defaultMode of the frontends that name none
   * @throws ConfigException when it cannot be used
   */
  public static Config read(String text, Path file, Mode defaultMode) throws ConfigException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    return read(
        new Content(List.of(new Document(file, bytes, FileTime.fromMillis(0))), List.of()),
        defaultMode);
  }

  /**
   * Reads what a source holds.
   *
   * @param defaultMode of the frontends that name none
   * @throws ConfigException when it cannot be used
   */
  public static Config read(Content content, Mode defaultMode) throws ConfigException {
    return read(content, defaultMode, ServerEdits.NONE);
  }

  /**
   * Reads what a source holds.
   *
   * @param defaultMode of the frontends that name none
   * @param edits what it means beyond that
   * @throws ConfigException when it cannot be used
   */
  public static Config read(Content content, Mode defaultMode, ServerEdits edits)
      throws ConfigException {
    if (!content.errors().isEmpty()) {
      throw new ConfigException(content.errors());
    }
    Problems problems = new Problems();
    Table whole = new Table();
    List<Table> tables = new ArrayList<>();
    for (Document document : content.documents()) {
      String text = text(document);
      if (!text.isBlank()) {
        tables.add(parse(text, document.file(), problems));
      }
    }
    problems.throwIfAny();
    Path first = content.documents().getFirst().file();
    if (tables.isEmpty()) {
      throw ConfigFile.refusal(first, "the file is empty; it needs at least a [frontends.NAME]");
    }
    tables.forEach(each -> whole.add(each, problems));
    edits.apply(whole);
    Map<String, Setting> settings = new LinkedHashMap<>();
    Place start = new Place(first.toString(), 1, 1);
    Section root = Section.root(whole, start, KEYS, problems, settings);
    Config config = read(root, defaultMode, settings);
    problems.throwIfAny();
    return config;
  }

  private static String text(Document document) throws ConfigException {
    String text = ConfigFile.decode(document);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static Table parse(String toml, Path file, Problems problems) {
    String name = file.toString();
    TomlParseResult parsed = parse(toml);
    for (TomlParseError error : parsed.errors()) {
      problems.add(
          new Place(name, error.position().line(), error.position().column()),
          startLower(error.getMessage()));
    }
    return parsed.hasErrors() ? new Table() : Table.of(parsed, name);
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

  private static Config read(Section root, Mode defaultMode, Map<String, Setting> settings) {
    Optional<Located<Map<String, Located<Section>>>> frontendTables = root.find(FRONTENDS);
    Optional<Located<Map<String, Located<Section>>>> backendTables = root.find(BACKENDS);
    StatsConfig stats =
        root.find(STATS)
            .map(table -> StatsReader.read(table.value()))
            .orElse(new StatsConfig(Optional.empty()));
    PassthroughConfig passthrough =
        root.find(PASSTHROUGH)
            .map(table -> PassthroughReader.read(table.value()))
            .orElse(PassthroughConfig.DEFAULT);
    ProxyConfig proxy =
        root.find(PROXY).map(table -> ProxyReader.read(table.value())).orElse(ProxyConfig.DEFAULT);

    ControlConfig control =
        root.find(CONTROL)
            .map(table -> ControlReader.read(table.value()))
            .orElse(ControlConfig.DEFAULT);

    Map<String, ParsedBackend> backends = new LinkedHashMap<>();
    backendTables.ifPresent(
        tables ->
            tables
                .value()
                .forEach((name, table) -> backends.put(name, BackendReader.read(table.value()))));
    FrontendReader frontends =
        new FrontendReader(defaultMode, root.names(BACKENDS), backends, passthrough.natPorts());
    frontendTables.ifPresent(
        tables -> {
          if (root.names(FRONTENDS).isEmpty()) {
            root.problem(tables, "[frontends] is empty; add a [frontends.NAME]");
          }
          tables.value().values().forEach(table -> frontends.read(table.value()));
        });
    return new Config(
        Collections.unmodifiableMap(frontends.frontends()),
        finish(backends, frontends.frontends()),
        stats,
        passthrough,
        proxy,
        control,
        Collections.unmodifiableMap(settings));
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
          backends.put(name, unchecked ? config.unchecked() : config);
        });
    return Collections.unmodifiableMap(backends);
  }

  private static String startLower(String message) {
    return Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
