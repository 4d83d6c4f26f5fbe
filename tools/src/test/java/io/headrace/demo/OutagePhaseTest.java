package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which errors a server's stop is an excuse for. */
class OutagePhaseTest {
  private static final long OUT_NS = 1000;

  private final Tally.Failure before = new Tally.Failure(100, Fault.RESET, "before the stop");

  @Test
  void anErrorUntilTheServerIsOutIsExplained() {
    Tally.Failure meanwhile = failure(OUT_NS - 1, Fault.REFUSED);
    assertEquals(List.of(meanwhile), explained(before, meanwhile));
  }

  @Test
  void anErrorBeforeTheStopIsNot() {
    assertEquals(List.of(), explained(before));
  }

  @Test
  void anErrorOfARequestThatBeganOnceTheServerWasOutIsNot() {
    assertEquals(List.of(), explained(before, failure(OUT_NS, Fault.REFUSED)));
  }

  @Test
  void aWrongAnswerIsNot() {
    assertEquals(List.of(), explained(before, failure(OUT_NS - 1, Fault.WRONG)));
  }

  private static Tally.Failure failure(long beganNs, Fault fault) {
    return new Tally.Failure(beganNs, fault, "after the stop");
  }

  private List<Tally.Failure> explained(Tally.Failure... all) {
    return OutagePhase.explained(List.of(all), List.of(before), OUT_NS);
  }
}
