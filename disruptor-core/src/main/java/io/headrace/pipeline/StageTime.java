package io.headrace.pipeline;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * How long frames spent in one stage. A frame waits for its whole batch, so the time of a batch is
 * that of each of its frames, and two readings of the clock serve them all.
 *
 * <p>Threading: the stage records; any one thread reads.
 */
public final class StageTime {
  private static final long LONGEST_NS = 60_000_000_000L;

  private final String stage;
  private final SingleWriterRecorder recorder = new SingleWriterRecorder(1000, LONGEST_NS, 2);
  private final Histogram total = new Histogram(1000, LONGEST_NS, 2);

  StageTime(String stage) {
    this.stage = stage;
  }

  void record(long ns, int frames) {
    recorder.recordValueWithCount(Math.clamp(ns, 0, LONGEST_NS), frames);
  }

  /** The stage's name. */
  public String stage() {
    return stage;
  }

  /**
   * Every recorded time since the start, in nanoseconds. Not to be called from two threads at once.
   */
  public Histogram total() {
    total.add(recorder.getIntervalHistogram());
    return total;
  }
}
