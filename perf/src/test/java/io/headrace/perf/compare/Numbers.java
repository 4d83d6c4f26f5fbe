package io.headrace.perf.compare;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A scenario that measures nothing, and results made by hand. */
final class Numbers implements Scenario {
  static final Figure RATE = new Figure("rate", "requests", "per second", 0, true);
  static final Timing TIMING = new Timing(5, 4, 8);
  static final Machine MACHINE =
      new Machine("a <fast> & cheap one", 2, "6.1", Instant.EPOCH, Map.of("peer", "1.0"));

  @Override
  public String name() {
    return "numbers";
  }

  @Override
  public String description() {
    return "numbers <made> by hand";
  }

  @Override
  public List<Figure> figures() {
    return List.of(RATE);
  }

  @Override
  public List<String> contestants() {
    return List.of("peer", "headrace");
  }

  @Override
  public List<String> peers() {
    return List.of("peer");
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    return sample(1, 0);
  }

  static Sample sample(double rate, double steal) {
    return new Sample(Map.of(RATE, rate), steal);
  }

  static Results results() {
    Numbers numbers = new Numbers();
    return new Results(numbers, numbers.contestants());
  }

  /** Adds a round. */
  static void add(Results results, int round, Sample peer, Sample headrace) {
    results.add(new Measurement(round, "peer", peer));
    results.add(new Measurement(round, "headrace", headrace));
  }
}
