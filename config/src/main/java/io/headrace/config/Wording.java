package io.headrace.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tomlj.Toml;

/** How values and guesses are worded in error messages. */
final class Wording {
  private static final int LONGEST_QUOTE = 60;

  private Wording() {}

  /** In quotes and on one line, whatever the text holds. */
  static String quote(String text) {
    return quote(text, LONGEST_QUOTE);
  }

  /** As {@link #quote(String)}, cut to a number of characters. */
  static String quote(String text, int longest) {
    String shown = text.length() > longest ? text.substring(0, longest) + "…" : text;
    return '"' + Toml.tomlEscape(shown).toString() + '"';
  }

  /** What a value is and, when it is short to say, which. */
  static String describe(Object value) {
    return switch (value) {
      case String text -> "the string " + quote(text);
      case Long number -> "the integer " + number;
      case Double number -> "the float " + number;
      case Boolean bool -> "the boolean " + bool;
      case Table table -> "a table";
      case List<?> array -> "an array";
      default -> "a date or time";
    };
  }

  /** {@code "a", "b" or "c"}. */
  static String oneOf(List<String> names) {
    List<String> quoted = names.stream().map(Wording::quote).toList();
    int last = quoted.size() - 1;
    return last <= 0
        ? String.join("", quoted)
        : String.join(", ", quoted.subList(0, last)) + " or " + quoted.get(last);
  }

  /**
   * The end of a message about a name that does not exist.
   *
   * @return {@code ; did you mean "…"?} when one of the names is near, else what is there
   */
  static String hint(String wrong, Collection<String> names) {
    Optional<String> near = nearest(wrong, names);
    if (near.isPresent()) {
      return "; did you mean " + quote(near.get()) + "?";
    }
    return names.isEmpty()
        ? "; there is none"
        : "; there is " + names.stream().map(Wording::quote).collect(Collectors.joining(", "));
  }

  private static Optional<String> nearest(String wrong, Collection<String> names) {
    return names.stream()
        .filter(name -> isNear(wrong, name))
        .min(Comparator.comparingInt(name -> distance(wrong, name)));
  }

  /** Whether one may be a slip for the other, or the beginning of it; or is the very same. */
  static boolean isNear(String wrong, String name) {
    if (wrong.length() >= 3 && (name.startsWith(wrong) || wrong.startsWith(name))) {
      return true;
    }
    return distance(wrong, name) <= Math.max(1, Math.max(wrong.length(), name.length()) / 3);
  }

  /** Edits (insert, delete, replace, swap neighbours) between two names, letter case apart. */
  private static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replace, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}
