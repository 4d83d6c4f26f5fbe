package io.headrace.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void eachRoundBeginsWithAnother() {
    List<String> all = List.of("a", "b", "c");
    assertEquals(List.of("a", "b", "c"), Rounds.order(all, 1));
    assertEquals(List.of("b", "c", "a"), Rounds.order(all, 2));
    assertEquals(List.of("c", "a", "b"), Rounds.order(all, 3));
    assertEquals(List.of("a", "b", "c"), Rounds.order(all, 4));
  }
}
