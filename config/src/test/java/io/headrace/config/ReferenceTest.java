package io.headrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Reference.TablePart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The reference says what the code reads: the page and the schema are those that the keys make,
 * each key is read, its example is a good one, and its default is what holds without it.
 */
class ReferenceTest {
  private static final Path DOCS = Path.of(System.getProperty("basedir", "."), "..", "docs");

  /** What a frontend needs to have a key at all. */
  private static final Map<String, String> MODES =
      Map.of(
          "source",
          "mode = \"passthrough\"\n",
          "ipip_source",
          "mode = \"dsr\"\ndsr = \"ipip\"\n",
          "ipip_source6",
          "mode = \"dsr\"\ndsr = \"ipip\"\n",
          "dsr",
          "mode = \"dsr\"\n",
          "one_packet",
          "mode = \"dsr\"\nprotocol = \"udp\"\n");

  /** With this property the files are written anew: {@code -Dheadrace.reference=write}. */
  private static final boolean WRITE = "write".equals(System.getProperty("headrace.reference"));

  private static final Map<String, String> NEEDED =
      Map.of(
          "trusted_cidrs", "accept_proxy = true\n",
          "accept_proxy", "trusted_cidrs = ['10.0.0.0/8']\n");

  /** As above, of keys that one type of checks has. */
  private static final Map<String, String> TYPES =
      Map.of(
          "method", "http",
          "path", "http",
          "host", "http",
          "expect_status", "http",
          "expect_body", "http",
          "sni", "https",
          "verify", "https",
          "command", "command");

  private static String needed(TablePart table, Key<?> key) {
    String type = table.path().getLast().equals("health_check") ? TYPES.get(key.name()) : null;
    if (key.name().equals("verify") || key.name().equals("ca_file")) {
      String verify = key.name().equals("ca_file") ? "verify = true\n" : "";
      return "type = 'https'\nsni = 'www.example.com'\n" + verify;
    }
    return type == null ? NEEDED.getOrDefault(key.name(), "") : "type = '" + type + "'\n";
  }

  @Test
  void thePageIsMadeOfTheKeys() throws IOException {
    assertSame("reference.md", Reference.page());
  }

  @Test
  void theSchemaIsMadeOfTheKeys() throws IOException {
    assertSame("headrace.schema.json", Reference.schema());
  }

  private static void assertSame(String name, String made) throws IOException {
    Path file = DOCS.resolve(name);
    if (WRITE) {
      Files.writeString(file, made);
    }
    assertEquals(
        made,
        Files.readString(file),
        name
            + " is not what the keys say; write it anew: mvn package -pl config -Dtest=ReferenceTest -Dheadrace.reference=write");
  }

  static Stream<Arguments> keys() {
    return Reference.tables().stream()
        .flatMap(
            table ->
                table.key().type().keys().stream()
                    .filter(key -> !key.type().isTable())
                    .map(key -> Arguments.of(table, key)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("keys")
  void eachKeyIsReadAndItsExampleIsGood(TablePart table, Key<?> key) throws ConfigException {
    if (key.example().isEmpty()) {
      return;
    }
    Config config = read(table, key, key.example(), needed(table, key));
    Setting setting = config.settings().get(Reference.settingPath(Optional.of(table), key));
    assertTrue(setting != null && setting.stated(), key.name() + " is not read");
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("keys")
  void eachDefaultIsWhatHoldsWithoutTheKey(TablePart table, Key<?> key) throws ConfigException {
    if (key.otherwise().isPresent()) {
      assertEquals(
          meaning(read(table, key, key.absent().orElseThrow(), "")),
          meaning(read(table, key, "", "")));
    }
  }

  private static List<Object> meaning(Config config) {
    return List.of(
        config.frontends(),
        config.backends(),
        config.stats(),
        config.passthrough(),
        config.proxy());
  }

  /**
   * A configuration in which a key has a value; without one, in which it is left out.
   *
   * @param more of its table
   */
  private static Config read(TablePart table, Key<?> key, String value, String more)
      throws ConfigException {
    String path = String.join(".", table.path()).replace("servers.NAME", "servers.s");
    String line = value.isEmpty() ? "" : key.name() + " = " + value + "\n";
    String mode = MODES.getOrDefault(key.name(), "");
    StringBuilder toml = new StringBuilder("[" + path + "]\n" + line + mode + more);
    Map<String, Map<String, String>> base =
        Map.of(
            "frontends.NAME",
            Map.of("listen_addr", "\"192.0.2.10:80\"", "backend", "\"NAME\""),
            "backends.NAME.servers.s",
            Map.of("addr", "\"10.0.0.1:80\""),
            "backends.pool_a.servers.s",
            Map.of("addr", "\"10.0.0.1:80\""),
            "backends.pool_b.servers.s",
            Map.of("addr", "\"10.0.0.1:80\""));
    toml.append(lines(base.getOrDefault(path, Map.of()), key.name()));
    if (path.endsWith("agent_check") && !key.name().equals("port")) {
      toml.append("port = 9999\n");
    }
    if (path.equals("stats") && value.isEmpty()) {
      toml.append("port = 1\n");
    }
    base.forEach(
        (title, lines) -> {
          if (!title.equals(path)) {
            toml.append("[").append(title).append("]\n").append(lines(lines, ""));
          }
        });
    // Beside the files that examples name.
    Path file =
        Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "example.toml");
    return ConfigReader.read(toml.toString(), file, Mode.PROXY);
  }

  private static String lines(Map<String, String> lines, String without) {
    return lines.entrySet().stream()
        .filter(each -> !each.getKey().equals(without))
        .map(each -> each.getKey() + " = " + each.getValue() + "\n")
        .collect(Collectors.joining());
  }
}
