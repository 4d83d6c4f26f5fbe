package io.headrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.Counters;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

/** Whether a thread of the pipeline stands still. */
class DutyCycleTest {
  @Test
  void aThreadThatHasNoTurnIsFoundOut() throws Exception {
    DutyCycle cycle = new DutyCycle(new Idle(), "worker", Counters.inMemory());
    assertTrue(cycle.hasTurned(), "it was never asked before");
    assertFalse(cycle.hasTurned());
    cycle.doWork();
    assertTrue(cycle.hasTurned());
    assertFalse(cycle.hasTurned());
  }

  private static final class Idle implements Agent {
    @Override
    public int doWork() {
      return 0;
    }

    @Override
    public String roleName() {
      return "idle";
    }
  }
}
