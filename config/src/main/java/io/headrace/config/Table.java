package io.headrace.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tomlj.TomlArray;
import org.tomlj.TomlKeyValue;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * What stands in a table, be it written in one file or in several: values with their places, in the
 * order of the files. A value is a string, a number, a boolean, a date or time, a list of located
 * values, or a table.
 */
final class Table {
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * A key and its value.
   *
   * @param key where the key stands
   * @param value what stands there, and where
   */
  record Entry(Place key, Located<Object> value) {}

  /** What a file says. */
  static Table of(TomlTable toml, String file) {
    Table table = new Table();
    for (String name : toml.keySet()) {
      TomlKeyValue entry = toml.entry(List.of(name));
      Place key = place(file, entry.position());
      TomlPosition position = entry.value().position();
      Place at = position == null ? key : place(file, position);
      table.entries.put(
          name, new Entry(key, new Located<>(convert(entry.value().get(), file), at)));
    }
    return table;
  }

  private static Object convert(Object value, String file) {
    return switch (value) {
      case TomlTable table -> of(table, file);
      case TomlArray array -> {
        List<Located<Object>> all = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
          all.add(
              new Located<>(convert(array.get(i), file), place(file, array.inputPositionOf(i))));
        }
        yield all;
      }
      default -> value;
    };
  }

  private static Place place(String file, TomlPosition at) {
    return new Place(file, at.line(), at.column());
  }

  /** Adds what another file says. A table may be in both; a value is set once. */
  void add(Table other, Problems problems) {
    other.entries.forEach(
        (name, entry) -> {
          Entry here = entries.putIfAbsent(name, entry);
          if (here == null) {
            return;
          }
          if (here.value().value() instanceof Table mine
              && entry.value().value() instanceof Table theirs) {
            mine.add(theirs, problems);
          } else {
            problems.add(
                entry.key(), Wording.quote(name) + " is set already, in " + here.key().toString());
          }
        });
  }

  /** The table under a key, if there is one. */
  Optional<Table> below(String key) {
    return Optional.ofNullable(entries.get(key))
        .filter(entry -> entry.value().value() instanceof Table)
        .map(entry -> (Table) entry.value().value());
  }

  void put(String key, Place at, Object value) {
    entries.put(key, new Entry(at, new Located<>(value, at)));
  }

  Map<String, Entry> entries() {
    return entries;
  }
}
