package io.headrace.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlKeyValue;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of the file, read key by key. A value that is absent or wrong is empty; what is wrong
 * with it has then been told to the {@link Problems}. The keys that were asked for are the keys
 * that are known: {@link #refuseOthers} reports the rest.
 */
final class Section {
  private final TomlTable table;
  private final List<String> path;
  private final TomlPosition at;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  Section(TomlTable table, List<String> path, TomlPosition at, Problems problems) {
    this.table = table;
    this.path = path;
    this.at = at;
    this.problems = problems;
  }

  /** Its own key. */
  String name() {
    return path.getLast();
  }

  /** Where it begins. */
  TomlPosition at() {
    return at;
  }

  Set<String> keys() {
    return table.keySet();
  }

  void problem(String message) {
    problems.add(at, message);
  }

  void problem(Located<?> culprit, String message) {
    problems.add(culprit.at(), message);
  }

  /** Reports a key that has to be there and is not, unless it stands there misspelt. */
  Section require(String key, String example) {
    boolean misspelt = table.keySet().stream().anyMatch(each -> Wording.isNear(each, key));
    if (!misspelt) {
      problem(title() + " has no " + key + "; add " + key + " = " + example);
    }
    return this;
  }

  /** The value of a key, of whatever type. */
  Optional<Located<Object>> any(String key) {
    known.add(key);
    TomlKeyValue entry = table.entry(List.of(key));
    if (entry == null) {
      return Optional.empty();
    }
    TomlPosition position = entry.value().position();
    return Optional.of(
        new Located<>(entry.value().get(), position == null ? entry.position() : position));
  }

  Optional<Located<String>> string(String key) {
    return typed(key, String.class, "a string");
  }

  Optional<Located<Long>> integer(String key, long least, long most) {
    return typed(key, Long.class, "an integer")
        .filter(
            found -> {
              boolean fits = least <= found.value() && found.value() <= most;
              if (!fits) {
                problem(
                    found,
                    key + " must be from " + least + " to " + most + ", not " + found.value());
              }
              return fits;
            });
  }

  Optional<Located<Boolean>> bool(String key) {
    return typed(key, Boolean.class, "true or false");
  }

  /** An array of strings; empty when the key is absent. */
  List<Located<String>> strings(String key) {
    List<Located<String>> all = new ArrayList<>();
    typed(key, TomlArray.class, "an array of strings")
        .ifPresent(
            found -> {
              TomlArray array = found.value();
              for (int i = 0; i < array.size(); i++) {
                Located<Object> entry = new Located<>(array.get(i), array.inputPositionOf(i));
                if (entry.value() instanceof String text) {
                  all.add(new Located<>(text, entry.at()));
                } else {
                  wrongType(key, entry, "an array of strings");
                }
              }
            });
    return all;
  }

  /** A string that is the lower-case name of a constant. */
  <E extends Enum<E>> Optional<Located<E>> choice(String key, Class<E> type) {
    List<String> names =
        Stream.of(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    return string(key)
        .flatMap(
            found -> {
              int index = names.indexOf(found.value());
              if (index < 0) {
                problem(
                    found,
                    key
                        + " must be "
                        + Wording.oneOf(names)
                        + ", not "
                        + Wording.quote(found.value()));
                return Optional.empty();
              }
              return Optional.of(new Located<>(type.getEnumConstants()[index], found.at()));
            });
  }

  Optional<Located<InetSocketAddress>> address(String key) {
    return string(key).flatMap(found -> parse(key, found, Address::parse));
  }

  /** An array of strings, each converted, none twice; what is wrong is left out. */
  <T> List<T> distinct(String key, Function<String, T> conversion) {
    List<T> all = new ArrayList<>();
    typed(key, TomlArray.class, "an array of strings")
        .ifPresent(
            found -> {
              for (int i = 0; i < found.value().size(); i++) {
                Located<Object> each =
                    new Located<>(found.value().get(i), found.value().inputPositionOf(i));
                element(key, each, conversion, all);
              }
            });
    return List.copyOf(all);
  }

  private <T> void element(
      String key, Located<Object> found, Function<String, T> conversion, List<T> all) {
    if (!(found.value() instanceof String text)) {
      problem(found, key + " must hold strings, not " + Wording.describe(found.value()));
      return;
    }
    parse(key, new Located<>(text, found.at()), conversion)
        .ifPresent(
            each -> {
              if (all.contains(each.value())) {
                problem(each, key + " has " + Wording.quote(text) + " twice");
              } else {
                all.add(each.value());
              }
            });
  }

  /** An integer, in seconds, or a string with a unit. */
  Optional<Located<Duration>> duration(String key, Duration least) {
    return any(key)
        .flatMap(found -> toDuration(key, found))
        .filter(found -> isWithin(key, found, least));
  }

  /** Converts a text; what the conversion throws is the problem. */
  <T> Optional<Located<T>> parse(String key, Located<String> text, Function<String, T> conversion) {
    try {
      return Optional.of(new Located<>(conversion.apply(text.value()), text.at()));
    } catch (IllegalArgumentException e) {
      problem(text, key + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The table under a key. */
  Optional<Section> section(String key) {
    return typed(key, TomlTable.class, "a table")
        .map(
            found ->
                new Section(
                    found.value(),
                    Stream.concat(path.stream(), Stream.of(key)).toList(),
                    found.at(),
                    problems));
  }

  /** Every entry of this table, each of which has to be a table. */
  List<Section> sections() {
    List<Section> all = new ArrayList<>();
    for (Map.Entry<String, Object> entry : table.entrySet()) {
      section(entry.getKey()).ifPresent(all::add);
    }
    return all;
  }

  /** Reports the keys that nobody has asked for. */
  void refuseOthers() {
    for (String key : table.keySet()) {
      if (!known.contains(key)) {
        problems.add(
            table.entry(List.of(key)).position(),
            "unknown key " + Wording.quote(key) + " in " + title() + Wording.hint(key, known));
      }
    }
  }

  /** As the file writes it. */
  String title() {
    return path.isEmpty() ? "the file" : "[" + Toml.joinKeyPath(path) + "]";
  }

  private <T> Optional<Located<T>> typed(String key, Class<T> type, String expected) {
    return any(key)
        .flatMap(
            found ->
                type.isInstance(found.value())
                    ? Optional.of(new Located<>(type.cast(found.value()), found.at()))
                    : wrongType(key, found, expected));
  }

  private <T> Optional<Located<T>> wrongType(String key, Located<?> found, String expected) {
    problem(found, key + " must be " + expected + ", not " + Wording.describe(found.value()));
    return Optional.empty();
  }

  private Optional<Located<Duration>> toDuration(String key, Located<Object> found) {
    return switch (found.value()) {
      case Long seconds ->
          Optional.of(
              new Located<>(
                  Duration.ofSeconds(Math.clamp(seconds, -1, Integer.MAX_VALUE)), found.at()));
      case String text -> parse(key, new Located<>(text, found.at()), DurationText::parse);
      default -> wrongType(key, found, "a number of seconds or a string like \"3s\"");
    };
  }

  private boolean isWithin(String key, Located<Duration> found, Duration least) {
    Duration value = found.value();
    boolean fits = value.compareTo(least) >= 0 && value.compareTo(DurationText.LONGEST) <= 0;
    if (!fits) {
      problem(
          found,
          key
              + " must be from "
              + DurationText.format(least)
              + " to "
              + DurationText.format(DurationText.LONGEST)
              + ", not "
              + (value.isNegative() ? "negative" : DurationText.format(value)));
    }
    return fits;
  }
}
