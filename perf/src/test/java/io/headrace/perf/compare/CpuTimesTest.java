package io.headrace.perf.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CpuTimesTest {
  // user nice system idle iowait irq softirq steal guest guest_nice
  private static final String BEFORE = "cpu  100 10 50 1000 20 1 9 5 30 0\ncpu0 1 2 3\n";
  private static final String AFTER = "cpu  200 10 90 1040 30 1 19 15 60 0\n";

  @Test
  void idleAndStolenTimeIsNotBusyAndGuestsAreCountedOnce() {
    assertEquals(new CpuTimes(170, 1020, 5), CpuTimes.parse(BEFORE));
  }

  @Test
  void whatHasPassedIsADifference() {
    CpuTimes passed = CpuTimes.parse(AFTER).since(CpuTimes.parse(BEFORE));
    assertEquals(1500, passed.busyMs());
    assertEquals(10.0 / 210, passed.stealShare(), 1e-9);
  }

  @Test
  void inNoTimeNothingIsStolen() {
    CpuTimes now = CpuTimes.parse(AFTER);
    assertEquals(0, now.since(now).stealShare());
  }

  @Test
  void anythingElseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> CpuTimes.parse(""));
    assertThrows(IllegalArgumentException.class, () -> CpuTimes.parse("cpu 1 2 3"));
  }
}
