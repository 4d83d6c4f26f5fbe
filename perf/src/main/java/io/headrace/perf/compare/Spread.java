package io.headrace.perf.compare;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The middle of some numbers, and how far they lie apart. */
record Spread(double median, double min, double max) {

  /** Of no numbers there is none. */
  static Optional<Spread> of(Collection<Double> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return Optional.of(new Spread(median, sorted.getFirst(), sorted.getLast()));
  }
}
