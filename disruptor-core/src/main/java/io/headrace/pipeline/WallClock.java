package io.headrace.pipeline;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What the wall clock says at a moment of the monotonic one, without reading it each time: the
 * kernel stamps frames with it. A step of the wall clock shows within a tenth of a second. For one
 * thread.
 */
final class WallClock {
  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Another thread had the core between the readings. */
  private static final long TOO_LONG_NS = TimeUnit.MICROSECONDS.toNanos(20);

  private long lookedAtNs;
  private long aheadNs;
  private boolean known;

  /** Nanoseconds since the epoch. */
  long at(long monotonicNs) {
    if (!known || monotonicNs - lookedAtNs > LOOK_EVERY_NS) {
      look();
    }
    return monotonicNs + aheadNs;
  }

  private void look() {
    long before = System.nanoTime();
    Instant now = Instant.now();
    long after = System.nanoTime();
    if (!known || after - before < TOO_LONG_NS) {
      long wallNs = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
      aheadNs = wallNs - (before + (after - before) / 2);
      lookedAtNs = before;
      known = true;
    }
  }
}
