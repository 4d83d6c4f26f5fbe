package io.headrace.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The types that values of a configuration have. */
final class Types {
  private static final String DURATION_PATTERN = "^[0-9]{1,9}(ms|s|m|h)$";

  private Types() {}

  /** Any string. */
  static Type<String> text() {
    return text("a string", Function.identity(), Function.identity());
  }

  /**
   * A string of some form.
   *
   * @param words for the reference
   * @param parse throws IllegalArgumentException with one line for a user
   * @param write the other way round
   */
  static <T> Type<T> text(String words, Function<String, T> parse, Function<T, String> write) {
    return new Type<>(
        words,
        Map.of("type", "string"),
        (section, key, found) ->
            typed(section, key, found, String.class, "a string")
                .flatMap(text -> parse(section, key, new Located<>(text, found.at()), parse)),
        value -> quote(write.apply(value)));
  }

  /** An address and a port. */
  static Type<InetSocketAddress> address() {
    return text("an address and a port", Address::parse, Address::format);
  }

  static Type<Integer> integer(int least, int most) {
    return new Type<>(
        "an integer from " + least + " to " + most,
        Map.of("type", "integer", "minimum", least, "maximum", most),
        (section, key, found) ->
            typed(section, key, found, Long.class, "an integer")
                .filter(
                    value -> {
                      boolean fits = least <= value && value <= most;
                      if (!fits) {
                        section.problem(
                            found,
                            key + " must be from " + least + " to " + most + ", not " + value);
                      }
                      return fits;
                    })
                .map(Long::intValue),
        String::valueOf);
  }

  static Type<Boolean> bool() {
    return new Type<>(
        "true or false",
        Map.of("type", "boolean"),
        (section, key, found) -> typed(section, key, found, Boolean.class, "true or false"),
        String::valueOf);
  }

  /** A string that is the lower-case name of a constant. */
  static <E extends Enum<E>> Type<E> choice(Class<E> type) {
    List<String> names = Stream.of(type.getEnumConstants()).map(Types::name).toList();
    return new Type<>(
        Wording.oneOf(names),
        Map.of("enum", names),
        (section, key, found) ->
            typed(section, key, found, String.class, "a string")
                .flatMap(
                    text -> {
                      int index = names.indexOf(text);
                      if (index < 0) {
                        section.problem(
                            found,
                            key
                                + " must be "
                                + Wording.oneOf(names)
                                + ", not "
                                + Wording.quote(text));
                        return Optional.empty();
                      }
                      return Optional.of(type.getEnumConstants()[index]);
                    }),
        value -> quote(name(value)));
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** An integer, in seconds, or a string with a unit. */
  static Type<Duration> duration(Duration least) {
    return duration(
        "a length of time from %s to %s"
            .formatted(DurationText.format(least), DurationText.format(DurationText.LONGEST)),
        (section, key, found) -> toDuration(section, key, found, least));
  }

  /**
   * A length of time, or zero.
   *
   * @param least unless it is zero
   * @param zero what that stands for
   */
  static Type<Duration> durationOrZero(Duration least, String zero) {
    String words = "at least " + DurationText.format(least) + ", or 0 for " + zero;
    return duration(
        "a length of time of " + words,
        (section, key, found) ->
            toDuration(section, key, found, Duration.ZERO)
                .filter(
                    value -> {
                      boolean sane = value.isZero() || value.compareTo(least) >= 0;
                      if (!sane) {
                        section.problem(
                            found,
                            key + " must be " + words + ", not " + DurationText.format(value));
                      }
                      return sane;
                    }));
  }

  private static Type<Duration> duration(String words, Type.Conversion<Duration> conversion) {
    return new Type<>(
        words,
        Map.of(
            "anyOf",
            List.of(
                Map.of("type", "integer", "minimum", 0),
                Map.of("type", "string", "pattern", DURATION_PATTERN))),
        conversion,
        DurationText::toml);
  }

  /**
   * An array of strings, each of some form and none twice.
   *
   * @param words for the reference, in the plural
   * @param parse throws IllegalArgumentException with one line for a user
   */
  static <T> Type<List<T>> list(
      String words, Function<String, T> parse, Function<T, String> write) {
    return new Type<>(
        "an array of " + words,
        Map.of("type", "array", "items", Map.of("type", "string"), "uniqueItems", true),
        (section, key, found) -> {
          if (!(found.value() instanceof List<?> array)) {
            return wrongType(section, key, found, "an array of strings");
          }
          List<T> all = new ArrayList<>();
          for (Object each : array) {
            element(section, key, (Located<?>) each, parse, all);
          }
          return Optional.of(List.copyOf(all));
        },
        values ->
            values.stream()
                .map(value -> quote(write.apply(value)))
                .collect(Collectors.joining(", ", "[", "]")));
  }

  private static <T> void element(
      Section section, String key, Located<?> found, Function<String, T> parse, List<T> all) {
    if (!(found.value() instanceof String text)) {
      section.problem(found, key + " must hold strings, not " + Wording.describe(found.value()));
      return;
    }
    parse(section, key, new Located<>(text, found.at()), parse)
        .ifPresent(
            value -> {
              if (all.contains(value)) {
                section.problem(found, key + " has " + Wording.quote(text) + " twice");
              } else {
                all.add(value);
              }
            });
  }

  /** A table with keys of its own. */
  static Type<Section> table(List<Key<?>> keys) {
    return new Type<>(
        "a table",
        Map.of("type", "object", "additionalProperties", false),
        (section, key, found) ->
            typed(section, key, found, Table.class, "a table")
                .map(table -> section.below(key, table, found.at(), keys)),
        _ -> "",
        keys);
  }

  /** A table of names that the operator chooses, each with a table. */
  static Type<Map<String, Located<Section>>> tables(List<Key<?>> keys) {
    Type<Map<String, Located<Section>>> named = named("a table for each NAME", table(keys));
    return new Type<>(named.words(), named.schema(), named.conversion(), _ -> "", keys);
  }

  /** A table of names that the operator chooses, each with a value. */
  static <T> Type<Map<String, Located<T>>> named(String words, Type<T> each) {
    return new Type<>(
        words,
        Map.of("type", "object", "additionalProperties", each.schema()),
        (section, key, found) ->
            typed(section, key, found, Table.class, "a table")
                .map(
                    table -> {
                      Section names = section.below(key, table, found.at());
                      Map<String, Located<T>> all = new LinkedHashMap<>();
                      table
                          .entries()
                          .forEach(
                              (name, entry) ->
                                  each.conversion()
                                      .convert(names, name, entry.value())
                                      .ifPresent(
                                          value ->
                                              all.put(
                                                  name, new Located<>(value, entry.value().at()))));
                      return all;
                    }),
        values ->
            values.entrySet().stream()
                .map(
                    each1 ->
                        quote(each1.getKey()) + " = " + each.form().apply(each1.getValue().value()))
                .collect(Collectors.joining(", ", "{ ", " }")));
  }

  private static String quote(String text) {
    return Wording.quote(text, Integer.MAX_VALUE);
  }

  private static <T> Optional<T> typed(
      Section section, String key, Located<Object> found, Class<T> type, String expected) {
    return type.isInstance(found.value())
        ? Optional.of(type.cast(found.value()))
        : wrongType(section, key, found, expected);
  }

  static <T> Optional<T> wrongType(Section section, String key, Located<?> found, String expected) {
    section.problem(
        found, key + " must be " + expected + ", not " + Wording.describe(found.value()));
    return Optional.empty();
  }

  private static <T> Optional<T> parse(
      Section section, String key, Located<String> text, Function<String, T> parse) {
    try {
      return Optional.of(parse.apply(text.value()));
    } catch (IllegalArgumentException e) {
      section.problem(text, key + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<Duration> toDuration(
      Section section, String key, Located<Object> found, Duration least) {
    Optional<Duration> value =
        switch (found.value()) {
          case Long seconds ->
              Optional.of(Duration.ofSeconds(Math.clamp(seconds, -1, Integer.MAX_VALUE)));
          case String text ->
              parse(section, key, new Located<>(text, found.at()), DurationText::parse);
          default -> wrongType(section, key, found, "a number of seconds or a string like \"3s\"");
        };
    return value.filter(duration -> isWithin(section, key, found, duration, least));
  }

  private static boolean isWithin(
      Section section, String key, Located<?> found, Duration value, Duration least) {
    boolean fits = value.compareTo(least) >= 0 && value.compareTo(DurationText.LONGEST) <= 0;
    if (!fits) {
      section.problem(
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
