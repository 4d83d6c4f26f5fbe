package io.headrace.registry;

import java.time.Duration;

/**
 * How much of its share a server gets that has come up: it grows evenly over a time, in twenty
 * steps, as each step is a new table.
 */
final class SlowStart {
  static final int WHOLE = 100;

  private static final int STEP = 5;

  private boolean warming;
  private long sinceNs;

  /** The server has come up. */
  void begin(long nowNs) {
    warming = true;
    sinceNs = nowNs;
  }

  /**
   * @param over which time
   * @return from {@link #STEP} to {@link #WHOLE} percent
   */
  int percent(long nowNs, Duration over) {
    long elapsed = nowNs - sinceNs;
    if (!warming || elapsed >= over.toNanos()) {
      warming = false;
      return WHOLE;
    }
    return (int) Math.min(WHOLE, STEP + WHOLE * elapsed / over.toNanos() / STEP * STEP);
  }
}
