package io.headrace.perf.compare;

/**
 * A sample and where it belongs.
 *
 * @param round from 1
 */
record Measurement(int round, String contestant, Sample sample) {

  boolean isDisturbed() {
    return sample.isDisturbed();
  }

  boolean has(Figure figure) {
    return sample.values().containsKey(figure);
  }

  double value(Figure figure) {
    return sample.values().get(figure);
  }
}
