package io.headrace.pipeline;

import io.headrace.counters.Counters;
import io.headrace.counters.Event;
import io.headrace.counters.Events;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The agent of a thread, of which the longest duty cycle is kept, and each that stalled: whatever
 * the cause, all that the thread serves has waited as long.
 */
final class DutyCycle implements Agent {
  private static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Agent agent;
  private final String thread;
  private final AtomicCounter longest;
  private final AtomicCounter stalled;
  private final Events events;

  /** Asked for a turn that has not come yet. */
  private volatile boolean asked;

  /**
   * @param thread its name for a person
   */
  DutyCycle(Agent agent, String thread, Counters counters) {
    this.agent = agent;
    this.thread = thread;
    this.longest = counters.counter(Name.of(Metric.CYCLE_LONGEST).kind(thread));
    this.stalled = counters.counter(Name.of(Metric.CYCLES_STALLED).kind(thread));
    this.events = counters.events();
  }

  @Override
  public void onStart() {
    agent.onStart();
  }

  /** Whether a cycle has begun since this was last asked. Any one thread. */
  boolean hasTurned() {
    boolean turned = !asked;
    asked = true;
    return turned;
  }

  @Override
  public int doWork() throws Exception {
    if (asked) {
      asked = false;
    }
    long start = System.nanoTime();
    try {
      return agent.doWork();
    } finally {
      long took = System.nanoTime() - start;
      if (took > longest.getPlain()) {
        longest.setRelease(took);
      }
      if (took >= STALL_NS) {
        stalled.incrementRelease();
        events.add(new Event(Event.Kind.STALL, start, took, thread));
      }
    }
  }

  @Override
  public void onClose() {
    agent.onClose();
  }

  @Override
  public String roleName() {
    return agent.roleName();
  }
}
