package io.headrace.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void anOddCountHasOneInTheMiddle() {
    assertEquals(Optional.of(new Spread(2, 1, 9)), Spread.of(List.of(9.0, 1.0, 2.0)));
  }

  @Test
  void anEvenCountHasTwoWhoseMeanIsTheMedian() {
    assertEquals(Optional.of(new Spread(3, 1, 9)), Spread.of(List.of(9.0, 4.0, 2.0, 1.0)));
  }

  @Test
  void oneIsAllThree() {
    assertEquals(Optional.of(new Spread(5, 5, 5)), Spread.of(List.of(5.0)));
  }

  @Test
  void nothingHasNoMedian() {
    assertEquals(Optional.empty(), Spread.of(List.of()));
  }
}
