package io.headrace;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Random runs for a bounded time, each from a seed of its own that is told when the run fails.
 * {@code -Dheadrace.model.seconds=600} runs longer, {@code -Dheadrace.model.seed=N} repeats a run.
 */
public final class RandomRuns {
  private static final int SECONDS = 2;

  private RandomRuns() {}

  @FunctionalInterface
  public interface Run {
    void play(Random random) throws Exception;
  }

  /** Plays one run, and more while there is time. */
  public static void play(Run run) {
    Long only = Long.getLong("headrace.model.seed");
    if (only != null) {
      play(run, only);
      return;
    }
    long seed = System.nanoTime();
    long start = System.nanoTime();
    long time = TimeUnit.SECONDS.toNanos(Integer.getInteger("headrace.model.seconds", SECONDS));
    do {
      play(run, seed++);
    } while (System.nanoTime() - start < time);
  }

  private static void play(Run run, long seed) {
    try {
      run.play(new Random(seed));
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -Dheadrace.model.seed=" + seed + ": " + e.getMessage(), e);
    }
  }
}
