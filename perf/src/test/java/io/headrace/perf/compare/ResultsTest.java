package io.headrace.perf.compare;

import static io.headrace.perf.compare.Numbers.RATE;
import static io.headrace.perf.compare.Numbers.sample;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultsTest {
  private final Results results = Numbers.results();

  @Test
  void ratiosAreOfTheSameRoundAndNotOfMedians() {
    Numbers.add(results, 1, sample(100, 0), sample(200, 0));
    Numbers.add(results, 2, sample(10, 0), sample(10, 0));
    Numbers.add(results, 3, sample(1, 0), sample(4, 0));
    assertEquals(Optional.of(new Spread(2, 1, 4)), results.ratio("headrace", "peer"));
  }

  @Test
  void disturbedRoundsAreLeftOutWhereThreeOthersAreThere() {
    Numbers.add(results, 1, sample(1, 0.021), sample(9, 0));
    for (int round = 2; round <= 4; round++) {
      Numbers.add(results, round, sample(round, 0.02), sample(round, 0));
    }
    assertEquals(Optional.of(new Spread(3, 2, 4)), results.spread("peer", RATE));
    assertTrue(results.leavesOutDisturbed("peer"));
    assertEquals(Optional.of(new Spread(1, 1, 1)), results.ratio("headrace", "peer"));
    assertEquals(Optional.of(new Spread(3.5, 2, 9)), results.spread("headrace", RATE));
    assertFalse(results.leavesOutDisturbed("headrace"));
  }

  @Test
  void disturbedRoundsCountWhereTooFewOthersAreThere() {
    Numbers.add(results, 1, sample(1, 0.5), sample(1, 0));
    Numbers.add(results, 2, sample(2, 0), sample(2, 0));
    Numbers.add(results, 3, sample(3, 0), sample(3, 0));
    assertEquals(Optional.of(new Spread(2, 1, 3)), results.spread("peer", RATE));
    assertFalse(results.leavesOutDisturbed("peer"));
    assertEquals(1, results.disturbed().size());
  }

  @Test
  void whatFailedOnceHasNoNumber() {
    Numbers.add(results, 1, sample(1, 0), sample(2, 0));
    results.failed("headrace", "it ended");
    assertEquals(Optional.empty(), results.spread("headrace", RATE));
    assertEquals(Optional.empty(), results.ratio("headrace", "peer"));
    assertEquals(Optional.of(new Spread(1, 1, 1)), results.spread("peer", RATE));
    assertTrue(ResultText.of(results, Numbers.TIMING).contains("failed: headrace: it ended"));
  }
}
