package io.headrace.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.Counters;
import io.headrace.counters.Counts;
import io.headrace.counters.Cycles;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

/** Whether a thread of the pipeline stands still. */
class DutyCycleTest {
  private static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(2);

  @Test
  void aThreadThatHasNoTurnIsFoundOut() throws Exception {
    DutyCycle cycle = cycle(() -> {}, Counters.inMemory());
    assertTrue(cycle.hasTurned(), "it was never asked before");
    assertFalse(cycle.hasTurned());
    cycle.doWork();
    assertTrue(cycle.hasTurned());
    assertFalse(cycle.hasTurned());
  }

  @Test
  void aCycleThatStallsIsCountedAndHasATime() throws Exception {
    Counters counters = Counters.inMemory();
    long before = System.nanoTime();
    cycle(DutyCycleTest::stall, counters).doWork();
    Counts counts = counters.view().counts();
    assertEquals(1, counts.byKind(Metric.CYCLES_STALLED).get("worker-1"));
    assertTrue(counts.byKind(Metric.CYCLE_LONGEST).get("worker-1") >= STALL_NS, counts::toString);
    List<Event> events = new ArrayList<>();
    counters.view().readEvents(0, events::add);
    Event stall = events.getLast();
    assertEquals(Event.Kind.STALL, stall.kind());
    assertEquals("worker-1", stall.where());
    assertTrue(stall.startNs() >= before && stall.durationNs() >= STALL_NS, stall::toString);
  }

  private static DutyCycle cycle(Runnable work, Counters counters) {
    return new DutyCycle(new Working(work), new Cycles(counters, "worker-1"));
  }

  private static void stall() {
    long end = System.nanoTime() + STALL_NS;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private record Working(Runnable work) implements Agent {
    @Override
    public int doWork() {
      work.run();
      return 0;
    }

    @Override
    public String roleName() {
      return "working";
    }
  }
}
