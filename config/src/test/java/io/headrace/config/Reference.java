package io.headrace.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The reference page and the JSON Schema of the configuration, made of the keys that are read. */
final class Reference {
  /**
   * A table of the file.
   *
   * @param path its keys, {@code NAME} for one that the operator chooses
   * @param key that it stands under
   */
  record TablePart(List<String> path, Key<?> key) {
    String title() {
      return "[" + String.join(".", path) + "]";
    }
  }

  private Reference() {}

  /** Every table, each before those in it. */
  static List<TablePart> tables() {
    List<TablePart> all = new ArrayList<>();
    add(List.of(), ConfigReader.KEYS, all);
    return all;
  }

  private static void add(List<String> path, List<Key<?>> keys, List<TablePart> all) {
    for (Key<?> key : keys) {
      if (key.type().isTable()) {
        List<String> below = new ArrayList<>(path);
        below.add(key.name());
        if (isNamed(key)) {
          below.add("NAME");
        }
        all.add(new TablePart(List.copyOf(below), key));
        add(below, key.type().keys(), all);
      }
    }
  }

  private static boolean isNamed(Key<?> key) {
    return key.type().schema().get("additionalProperties") instanceof Map;
  }

  /** In Markdown. */
  static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Reference of the configuration

            Every key, made from the code that reads it; `ReferenceTest` holds the two together. [configuration.md](configuration.md) says how things play together, and
            [headrace.schema.json](headrace.schema.json) is the same as a JSON Schema, for editors: begin the file with `#:schema headrace.schema.json`. A length of time is a string (`"500ms"`, `"3s"`, `"2m"`, `"1h"`) or a whole
            number of seconds.
            """);
    for (TablePart table : tables()) {
      page.append("\n## `").append(table.title()).append("`: ").append(table.key().meaning());
      page.append("\n\n| key | meaning | value | default | example |\n|---|---|---|---|---|\n");
      for (Key<?> key : table.key().type().keys()) {
        if (!key.type().isTable()) {
          page.append(
              "| `%s` | %s | %s | %s | %s |%n"
                  .formatted(
                      key.name(),
                      key.meaning() + (key.atStart() ? " (a change waits for the next start)" : ""),
                      words(key),
                      fallback(key),
                      key.example().isEmpty() ? "" : code(key.example())));
        }
      }
    }
    return page.toString();
  }

  private static String words(Key<?> key) {
    return key.type().words().replaceAll("(\"[^\"]*\")", "`$1`");
  }

  private static String fallback(Key<?> key) {
    return key.isRequired()
        ? "required"
        : key.otherwise().isPresent()
            ? code(key.absent().orElseThrow())
            : key.absent().orElseThrow();
  }

  private static String code(String toml) {
    return "`" + toml + "`";
  }

  /** JSON Schema, draft 2020-12. */
  static String schema() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Headrace configuration");
    root.putAll(object(ConfigReader.KEYS));
    return json(root, "") + "\n";
  }

  private static Map<String, Object> object(List<Key<?>> keys) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("type", "object");
    object.put("additionalProperties", false);
    List<String> required = keys.stream().filter(Key::isRequired).map(Key::name).toList();
    if (!required.isEmpty()) {
      object.put("required", required);
    }
    Map<String, Object> properties = new LinkedHashMap<>();
    keys.forEach(key -> properties.put(key.name(), property(key)));
    object.put("properties", properties);
    return object;
  }

  private static Map<String, Object> property(Key<?> key) {
    Map<String, Object> property = new LinkedHashMap<>();
    property.put("description", key.meaning() + key.absent().map(Reference::otherwise).orElse(""));
    if (!key.type().isTable()) {
      property.putAll(new TreeMap<>(key.type().schema()));
    } else if (isNamed(key)) {
      property.put("type", "object");
      property.put("additionalProperties", object(key.type().keys()));
    } else {
      property.putAll(object(key.type().keys()));
    }
    return property;
  }

  private static String otherwise(String absent) {
    return absent.isEmpty() ? "" : ". Default: " + absent;
  }

  private static String json(Object value, String indent) {
    String deeper = indent + "  ";
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(each -> deeper + json(each.getKey(), "") + ": " + json(each.getValue(), deeper))
              .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
      case List<?> list ->
          list.stream()
              .map(
                  each ->
                      each instanceof Map<?, ?> map
                          ? json(new TreeMap<>(map), indent)
                          : json(each, indent))
              .collect(Collectors.joining(", ", "[", "]"));
      case String text -> '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
      default -> String.valueOf(value);
    };
  }

  /** The path under which a key's setting is found, each NAME given. */
  static String settingPath(Optional<TablePart> table, Key<?> key) {
    return table
            .map(each -> String.join(".", each.path()).replace("servers.NAME", "servers.s") + ".")
            .orElse("")
        + key.name();
  }
}
