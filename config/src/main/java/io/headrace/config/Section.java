package io.headrace.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.tomlj.Toml;

/**
 * One table of the configuration, read key by key. A value that is absent or wrong is empty; what
 * is wrong with it has then been told to the {@link Problems}, as has been each key that is not
 * known, or lacks. What holds for each key that was read is noted among the settings.
 */
final class Section {
  private final Table table;
  private final List<String> path;
  private final Place at;
  private final Problems problems;
  private final Map<String, Setting> settings;

  private Section(
      Table table, List<String> path, Place at, Problems problems, Map<String, Setting> settings) {
    this.table = table;
    this.path = path;
    this.at = at;
    this.problems = problems;
    this.settings = settings;
  }

  /** The whole configuration. */
  static Section root(
      Table table, Place at, List<Key<?>> keys, Problems problems, Map<String, Setting> settings) {
    return new Section(table, List.of(), at, problems, settings).checked(keys);
  }

  /** The table under a key, in which these keys may stand. */
  Section below(String key, Table below, Place where, List<Key<?>> keys) {
    return below(key, below, where).checked(keys);
  }

  /** The table under a key, of whatever names. */
  Section below(String key, Table below, Place where) {
    return new Section(below, append(key), where, problems, settings);
  }

  private List<String> append(String key) {
    return Stream.concat(path.stream(), Stream.of(key)).toList();
  }

  private Section checked(List<Key<?>> keys) {
    List<String> known = keys.stream().map(Key::name).toList();
    table
        .entries()
        .forEach(
            (name, entry) -> {
              if (!known.contains(name)) {
                problems.add(
                    entry.key(),
                    "unknown key "
                        + Wording.quote(name)
                        + " in "
                        + title()
                        + Wording.hint(name, known));
              }
            });
    keys.stream().filter(Key::isRequired).forEach(this::require);
    return this;
  }

  /** Its own key. */
  String name() {
    return path.getLast();
  }

  void problem(String message) {
    problems.add(at, message);
  }

  void problem(Located<?> culprit, String message) {
    problems.add(culprit.at(), message);
  }

  /** Reports a key that has to be there and is not, unless it stands there misspelt. */
  void require(Key<?> key) {
    boolean misspelt =
        table.entries().keySet().stream().anyMatch(each -> Wording.isNear(each, key.name()));
    if (!misspelt) {
      problem(title() + " has no " + key.name() + "; add " + key.name() + " = " + key.example());
    }
  }

  /** Whether something stands there, be it wrong. */
  boolean has(Key<?> key) {
    return table.entries().containsKey(key.name());
  }

  /** What stands there, whatever it is. */
  Optional<Located<Object>> raw(Key<?> key) {
    return Optional.ofNullable(table.entries().get(key.name())).map(Table.Entry::value);
  }

  /** The names in the table under a key, be they with right values or not. */
  Set<String> names(Key<?> key) {
    return raw(key)
        .filter(found -> found.value() instanceof Table)
        .map(found -> ((Table) found.value()).entries().keySet())
        .orElse(Set.of());
  }

  /** The value that stands there. To be asked once, as each time tells what is wrong. */
  <T> Optional<Located<T>> find(Key<T> key) {
    Optional<Located<T>> value =
        raw(key)
            .flatMap(
                found ->
                    key.type()
                        .conversion()
                        .convert(this, key.name(), found)
                        .map(each -> new Located<>(each, found.at())));
    if (!key.type().isTable()) {
      value
          .map(found -> new Setting(key.type().form().apply(found.value()), true, key.atStart()))
          .or(() -> key.absent().map(absent -> new Setting(absent, false, key.atStart())))
          .ifPresent(setting -> settings.put(Toml.joinKeyPath(append(key.name())), setting));
    }
    return value;
  }

  /** The value that stands there, else the default of the key. To be asked once. */
  <T> T get(Key<T> key) {
    return find(key).map(Located::value).or(key::otherwise).orElseThrow();
  }

  /** As the file writes it. */
  String title() {
    return path.isEmpty() ? "the file" : "[" + Toml.joinKeyPath(path) + "]";
  }

  /** As {@link #title}, of a table in this one. */
  String titleOf(Key<?> key) {
    return "[" + Toml.joinKeyPath(append(key.name())) + "]";
  }
}
