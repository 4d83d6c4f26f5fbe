package io.headrace.pipeline;

import io.headrace.io.FrameSource;
import io.headrace.io.Poller;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.IdleStrategy;

/**
 * Gives way for a bounded while, then sleeps in the kernel until a source has frames. To yield
 * (sched_yield(2)) costs an own core nothing, and on a core that is shared with those who are to
 * answer, it lets them: to spin there kept them waiting, and to sleep at once cost a wake-up for
 * each frame.
 */
final class FrameIdleStrategy implements IdleStrategy {
  /** Chosen by measurement of 0, 30 and 100: see docs/performance.md. */
  private static final int YIELDS = 30;

  /** Timers and new tables wait this long at the most while no frames come. */
  private static final long LONGEST_SLEEP_NS = 10_000_000;

  /** A source that cannot wake us is looked at this often. */
  private static final long SLEEP_WITHOUT_DESCRIPTOR_NS = 50_000;

  private final Poller poller;
  private final long sleepNs;
  private int yields;

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
    if (yields < YIELDS) {
      yields++;
      Thread.yield();
    } else if (poller.await(sleepNs)) {
      reset();
    }
  }

  @Override
  public void reset() {
    yields = 0;
  }
}
