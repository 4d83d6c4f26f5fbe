package io.headrace.perf.compare;

import java.util.Map;

/**
 * What one run of one contestant has shown.
 *
 * @param values by figure; a figure that means nothing for the contestant is absent
 * @param steal the share of the machine's time, 0 to 1, that its host gave to others meanwhile
 */
record Sample(Map<Figure, Double> values, double steal) {
  /** More than this, and the run says something about the host instead. */
  static final double MOST_STEAL = 0.02;

  boolean isDisturbed() {
    return steal > MOST_STEAL;
  }
}
