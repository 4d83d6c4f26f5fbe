package io.headrace.counters;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The duty cycles of a thread, of which the longest is kept, and each that stalled: whatever the
 * cause, all that the thread serves has waited as long.
 *
 * <p>Threading: that thread alone.
 */
public final class Cycles {
  private static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final String thread;
  private final AtomicCounter longest;
  private final AtomicCounter stalled;
  private final Events events;

  /**
   * @param thread its name for a person
   */
  public Cycles(Counters counters, String thread) {
    this.thread = thread;
    this.longest = counters.counter(Name.of(Metric.CYCLE_LONGEST).kind(thread));
    this.stalled = counters.counter(Name.of(Metric.CYCLES_STALLED).kind(thread));
    this.events = counters.events();
  }

  /**
   * Counts a cycle, in nanoseconds.
   *
   * @param start monotonic
   */
  public void add(long start, long took) {
    if (took > longest.getPlain()) {
      longest.setRelease(took);
    }
    if (took >= STALL_NS) {
      stalled.incrementRelease();
      events.add(new Event(Event.Kind.STALL, start, took, thread));
    }
  }
}
