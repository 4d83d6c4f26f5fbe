package io.headrace.perf.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the rounds of one scenario have shown. A contestant that failed once has no figure.
 *
 * <p>A round is disturbed when the host gave more than {@value Sample#MOST_STEAL} of the machine's
 * time to others while the contestant was measured. Where at least {@value #ENOUGH} rounds were not
 * disturbed, these alone count; else all do.
 */
final class Results {
  static final int ENOUGH = 3;

  private final Scenario scenario;
  private final List<String> contestants;
  private final List<Measurement> measurements = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  Results(Scenario scenario, List<String> contestants) {
    this.scenario = scenario;
    this.contestants = List.copyOf(contestants);
  }

  void add(Measurement measurement) {
    measurements.add(measurement);
  }

  void failed(String contestant, String reason) {
    failures.put(contestant, reason);
  }

  Scenario scenario() {
    return scenario;
  }

  List<String> contestants() {
    return contestants;
  }

  List<Measurement> measurements() {
    return List.copyOf(measurements);
  }

  /** What went wrong, by contestant. */
  Map<String, String> failures() {
    return failures;
  }

  boolean hasFailed(String contestant) {
    return failures.containsKey(contestant);
  }

  Optional<Spread> spread(String contestant, Figure figure) {
    return Spread.of(
        counting(
                of(contestant).stream().filter(each -> each.has(figure)).toList(),
                Measurement::isDisturbed)
            .stream()
            .map(each -> each.value(figure))
            .toList());
  }

  /** One contestant's main figure divided by another's in the same round. */
  Optional<Spread> ratio(String contestant, String to) {
    Figure figure = scenario.figures().getFirst();
    List<Pair> pairs = new ArrayList<>();
    for (Measurement one : of(contestant)) {
      for (Measurement other : of(to)) {
        if (one.round() == other.round()) {
          pairs.add(new Pair(one, other));
        }
      }
    }
    return Spread.of(
        counting(pairs, Pair::isDisturbed).stream().map(pair -> pair.ratio(figure)).toList());
  }

  private record Pair(Measurement one, Measurement other) {
    boolean isDisturbed() {
      return one.isDisturbed() || other.isDisturbed();
    }

    double ratio(Figure figure) {
      return one.value(figure) / other.value(figure);
    }
  }

  /** Whether a contestant had disturbed rounds, and enough others to leave them out. */
  boolean leavesOutDisturbed(String contestant) {
    List<Measurement> all = of(contestant);
    return counting(all, Measurement::isDisturbed).size() < all.size();
  }

  List<Measurement> disturbed() {
    return measurements.stream()
        .filter(each -> !hasFailed(each.contestant()) && each.isDisturbed())
        .toList();
  }

  private List<Measurement> of(String contestant) {
    return hasFailed(contestant)
        ? List.of()
        : measurements.stream().filter(each -> each.contestant().equals(contestant)).toList();
  }

  private static <T> List<T> counting(List<T> all, Predicate<T> disturbed) {
    List<T> undisturbed = all.stream().filter(disturbed.negate()).toList();
    return undisturbed.size() >= ENOUGH ? undisturbed : all;
  }
}
