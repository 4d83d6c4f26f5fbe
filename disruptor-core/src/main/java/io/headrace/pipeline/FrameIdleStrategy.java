package io.headrace.pipeline;

import io.headrace.io.FrameSource;
import java.util.List;
import org.agrona.concurrent.IdleStrategy;

/**
 * Spins for a bounded while, then sleeps in the kernel until a source has frames: the latency of spinning under load, next to
 * no processor time without.
 */
final class FrameIdleStrategy implements IdleStrategy {
  /** Longer than the gap between frames under load, a few microseconds' worth of attempts. */
  private static final int SPINS = 2000;

  /** Timers and new tables wait this long at the most while no frames come. */
  private static final long LONGEST_SLEEP_NS = 10_000_000;

  private final Descriptors descriptors;
  private int spins;

  FrameIdleStrategy(List<FrameSource> sources) {
    descriptors = new Descriptors(sources);
  }

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      reset();
    } else {
      idle();
    }
  }

  @Override
  public void idle() {
    if (spins < SPINS) {
      spins++;
      Thread.onSpinWait();
    } else if (descriptors.await(LONGEST_SLEEP_NS)) {
      reset();
    }
  }

  @Override
  public void reset() {
    spins = 0;
  }
}
