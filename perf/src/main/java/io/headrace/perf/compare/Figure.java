package io.headrace.perf.compare;

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

  String format(double value) {
    return String.format(java.util.Locale.ROOT, "%,." + decimals + "f", value);
  }
}
