package io.headrace.monitor;

import java.util.Locale;

/** Numbers in few letters. */
public final class Quantity {
  private static final String[] THOUSANDS = {"", "k", "M", "G", "T", "P"};
  private static final String[] TIMES = {"ns", "µs", "ms", "s"};
  private static final int STEP = 1000;

  private Quantity() {}

  /** A count or a rate in at most five letters: {@code 7}, {@code 1234}, {@code 45.6k}. */
  public static String of(double value) {
    if (Math.abs(value) < 10 * STEP) {
      return String.format(
          Locale.ROOT, value > 0 && value < 9.95 && value % 1 != 0 ? "%.1f" : "%.0f", value);
    }
    double scaled = value;
    int unit = 0;
    while (Math.abs(scaled) >= STEP && unit < THOUSANDS.length - 1) {
      scaled /= STEP;
      unit++;
    }
    return String.format(
        Locale.ROOT, scaled < 99.95 ? "%.1f%s" : "%.0f%s", scaled, THOUSANDS[unit]);
  }

  /** A time: {@code 870 ns}, {@code 12.3 µs}, {@code 2.10 ms}. */
  public static String time(double ns) {
    double scaled = ns;
    int unit = 0;
    while (scaled >= STEP && unit < TIMES.length - 1) {
      scaled /= STEP;
      unit++;
    }
    String format =
        unit == 0 || scaled >= 99.95 ? "%.0f %s" : scaled < 9.995 ? "%.2f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, scaled, TIMES[unit]);
  }
}
