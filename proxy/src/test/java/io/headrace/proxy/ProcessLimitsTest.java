package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProcessLimitsTest {
  private static final long MUCH = 1L << 40;

  private static int most(ProcessLimits limits) {
    int taken = 0;
    while (limits.take()) {
      taken++;
    }
    return taken;
  }

  @Test
  void someFilesAreLeftForTheRestOfTheProcess() {
    ProcessLimits limits = new ProcessLimits(2512, MUCH, MUCH);
    assertEquals(1000, most(limits));
    assertEquals(Ended.NO_DESCRIPTOR, limits.refusal());
    limits.give();
    assertTrue(limits.take());
    assertFalse(limits.take());
  }

  @Test
  void noMoreAreTakenThanMemoryHoldsWhenAllAreSlow() {
    long direct = 64 << 20;
    ProcessLimits limits = new ProcessLimits(1_000_000, direct, MUCH);
    int most = most(limits);
    // Both sides hold a high-water mark, a read that went over it, and one that came with an end.
    assertTrue(most * 2L * ((16 << 10) + 2 * (2 << 10)) + limits.readBudget() < direct, most + "");
    assertTrue(most > 1000, most + "");
    assertEquals(Ended.NO_MEMORY, limits.refusal());
    assertEquals(1536, most(new ProcessLimits(1_000_000, MUCH, 16 << 20)));
  }

  @Test
  void aProcessHasSome() {
    assertTrue(ProcessLimits.ofProcess().take());
  }
}
