package io.headrace.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.headrace.forward.Reason;
import io.headrace.forward.Verdict;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReasonCountsTest {
  @Test
  void reasonsHaveTheirNamesOfStatisticsAndOnlyThoseOfTheVerdictAreTold() {
    Map<Reason, Long> refused = new EnumMap<>(Reason.class);
    refused.put(Reason.ARP, 1L);
    refused.put(Reason.NO_SERVICE, 20L);
    refused.put(Reason.NO_FLOW, 3L);
    assertEquals("1 arp, 20 no_service", ReasonCounts.of(refused, Verdict.PASS));
    assertEquals("3 no_flow", ReasonCounts.of(refused, Verdict.DROP));
    assertEquals("none", ReasonCounts.of(Map.of(), Verdict.DROP));
  }
}
