package io.headrace.perf.compare;

import java.util.Locale;

/**
 * One kind of number that a scenario finds.
 *
 * @param key in JSON
 * @param label what it is, in a few words
 * @param unit what it counts, in a few words
 * @param decimals worth printing
 * @param higherIsBetter false for a cost or a time
 */
record Figure(String key, String label, String unit, int decimals, boolean higherIsBetter) {

  /** From a thousand on, decimals say nothing. */
  String format(double value) {
    int digits = Math.abs(value) < 1000 ? decimals : 0;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
