package io.headrace.perf.compare;

import io.headrace.io.FrameIoException;
import io.headrace.testbed.TestbedException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs a scenario: each round every contestant once, and each round begins with another one. A
 * contestant that fails is left out from then on.
 */
final class Rounds {
  private final Timing timing;
  private final PrintStream progress;

  /**
   * @param progress gets a line for every run
   */
  Rounds(Timing timing, PrintStream progress) {
    this.timing = timing;
    this.progress = progress;
  }

  Results run(Scenario scenario, List<String> contestants) {
    Results results = new Results(scenario, contestants);
    for (int round = 1; round <= timing.rounds(); round++) {
      for (String contestant : order(contestants, round)) {
        if (!results.hasFailed(contestant)) {
          run(results, round, contestant);
        }
      }
    }
    return results;
  }

  /** From one round to the next, each moves one place ahead. */
  static List<String> order(List<String> contestants, int round) {
    List<String> order = new ArrayList<>(contestants);
    Collections.rotate(order, 1 - round);
    return order;
  }

  private void run(Results results, int round, String contestant) {
    try {
      Sample sample = results.scenario().measure(contestant, timing);
      results.add(new Measurement(round, contestant, sample));
      say(results, round, contestant, text(results.scenario(), sample));
    } catch (TestbedException | FrameIoException e) {
      results.failed(contestant, e.getMessage().strip().replaceAll("\\s*\\R\\s*", " | "));
      say(results, round, contestant, "failed");
    }
  }

  private static String text(Scenario scenario, Sample sample) {
    String figures =
        scenario.figures().stream()
            .filter(sample.values()::containsKey)
            .map(figure -> figure.format(sample.values().get(figure)) + " " + figure.unit())
            .collect(Collectors.joining(", "));
    return sample.isDisturbed()
        ? "%s; disturbed: %.1f %% steal".formatted(figures, 100 * sample.steal())
        : figures;
  }

  private void say(Results results, int round, String contestant, String news) {
    progress.printf(
        "[%s %d/%d] %-25s %s%n",
        results.scenario().name(), round, timing.rounds(), contestant, news);
  }
}
