package io.headrace.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes a length of time such as {@code 500ms}, {@code 3s}, {@code 2m} or {@code 1h}.
 */
public final class DurationText {
  static final Duration LONGEST = Duration.ofDays(1);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  private DurationText() {}

  /**
   * @throws IllegalArgumentException when it is not one; the message is one line for a user
   */
  public static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          Wording.quote(text)
              + " is not a length of time; write \"500ms\", \"3s\", \"2m\" or \"1h\", or a number"
              + " of seconds");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }

  /** In seconds where they are whole, for people to read: {@code 3 s}, {@code 500 ms}. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  /** As a file has it: {@code "3s"}. */
  static String toml(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return "\"" + millis + "ms\"";
    }
    long seconds = millis / 1000;
    if (seconds == 0 || seconds % 60 != 0) {
      return "\"" + seconds + "s\"";
    }
    return seconds % 3600 == 0 ? "\"" + seconds / 3600 + "h\"" : "\"" + seconds / 60 + "m\"";
  }
}
