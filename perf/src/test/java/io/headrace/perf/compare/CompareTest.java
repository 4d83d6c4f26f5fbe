package io.headrace.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.testbed.Prerequisites;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real runs, short ones. */
@Tag("network")
class CompareTest {
  private static final Timing SHORT = new Timing(1, 1, 1);

  @BeforeEach
  void requireTestbed() {
    assumeTrue(Prerequisites.missing().isEmpty(), () -> Prerequisites.missing().toString());
  }

  @Test
  void requestsGoThroughTheKernelAndThroughHeadrace() {
    requireFigures("keepalive", List.of("nftables", "headrace packet/shared"));
  }

  @Test
  void serversAnswerPastTheBalancer() {
    requireFigures("dsr", List.of("nftables", "headrace dsr/l2", "headrace dsr/nat"));
  }

  private static void requireFigures(String scenario, List<String> contestants) {
    Results results = run(scenario, contestants);
    assertEquals(Map.of(), results.failures());
    for (String contestant : contestants) {
      for (Figure figure : results.scenario().figures()) {
        assertTrue(results.spread(contestant, figure).orElseThrow().median() > 0);
      }
    }
    assertTrue(results.ratio(contestants.getLast(), "nftables").isPresent());
  }

  @Test
  void whatDoesNotStartHasFailedAndHasNoNumber() {
    Headrace broken = new Headrace("packet", "shared", "never", "off");
    Scenario scenario =
        new PeerScenario(
            "broken", "a setting that is wrong", new PingPongWorkload(), List.of(broken));
    Results results = new Rounds(SHORT, System.err).run(scenario, scenario.contestants());
    assertEquals(List.of(broken.name()), List.copyOf(results.failures().keySet()));
    assertTrue(
        results.failures().get(broken.name()).contains("never"), results.failures()::toString);
    assertEquals(List.of(), results.measurements());
  }

  private static Results run(String name, List<String> contestants) {
    Scenario scenario =
        Scenarios.ALL.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    return new Rounds(SHORT, System.err).run(scenario, contestants);
  }
}
