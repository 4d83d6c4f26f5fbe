package io.headrace.profile;

/** A logarithmic axis of times. */
final class TimeScale {
  private final double lowest;
  private final double decades;

  /**
   * @param shortestNs that is shown, at least
   * @param longestNs that is shown, at least
   */
  TimeScale(double shortestNs, double longestNs) {
    lowest = Math.floor(Math.log10(Math.max(1, shortestNs)));
    decades = Math.max(1, Math.ceil(Math.log10(Math.max(2, longestNs))) - lowest);
  }

  /** From 0 to 1. */
  double at(double ns) {
    return Math.clamp((Math.log10(Math.max(1, ns)) - lowest) / decades, 0.0, 1.0);
  }

  int decades() {
    return (int) decades;
  }

  /** Where a decade begins, in nanoseconds. */
  double decade(int index) {
    return Math.pow(10, lowest + index);
  }
}
