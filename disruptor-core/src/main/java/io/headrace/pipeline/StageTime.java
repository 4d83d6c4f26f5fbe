package io.headrace.pipeline;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * How long frames spent in one stage. A frame waits for its whole batch, so the time of a batch is
 * that of each of its frames, and two readings of the clock serve them all.
 *
 * <p>Threading: the stage records; any thread reads.
 */
public final class StageTime {
  /** A stage that has little to do takes a few hundred nanoseconds. */
  private static final long SHORTEST_NS = 10;

  private static final long LONGEST_NS = 60_000_000_000L;

  private final String stage;
  private final SingleWriterRecorder recorder =
      new SingleWriterRecorder(SHORTEST_NS, LONGEST_NS, 2);
  private final Histogram total = new Histogram(SHORTEST_NS, LONGEST_NS, 2);
  private Histogram interval = recorder.getIntervalHistogram();

  StageTime(String stage) {
    this.stage = stage;
  }

  void record(long ns, int frames) {
    recorder.recordValueWithCount(Math.clamp(ns, 0, LONGEST_NS), frames);
  }

  /** The stage's name; every worker's times have the same. */
  public String stage() {
    return stage;
  }

  /**
   * Adds every time that was recorded since the start.
   *
   * @param sum in nanoseconds
   */
  public synchronized void addTo(Histogram sum) {
    interval = recorder.getIntervalHistogram(interval);
    total.add(interval);
    sum.add(total);
  }
}
