package io.headrace.pipeline;

import io.headrace.io.FrameSource;
import io.headrace.io.Poller;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.IdleStrategy;

/**
 * Spins for a bounded while, then sleeps in the kernel until a source has frames: the latency of
 * spinning under load, next to no processor time without.
 */
final class FrameIdleStrategy implements IdleStrategy {
  /** Longer than the gap between frames under load, a few microseconds' worth of attempts. */
  private static final int SPINS = 2000;

  /** Timers and new tables wait this long at the most while no frames come. */
  private static final long LONGEST_SLEEP_NS = 10_000_000;

  /** A source that cannot wake us is looked at this often. */
  private static final long SLEEP_WITHOUT_DESCRIPTOR_NS = 50_000;

  private final Poller poller;
  private final long sleepNs;
  private int spins;

  FrameIdleStrategy(List<FrameSource> sources) {
    int[] descriptors = sources.stream().mapToInt(FrameSource::descriptor).toArray();
    boolean all = IntStream.of(descriptors).allMatch(descriptor -> descriptor >= 0);
    poller = new Poller(descriptors);
    sleepNs = all ? LONGEST_SLEEP_NS : SLEEP_WITHOUT_DESCRIPTOR_NS;
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
    } else if (poller.await(sleepNs)) {
      reset();
    }
  }

  @Override
  public void reset() {
    spins = 0;
  }
}
