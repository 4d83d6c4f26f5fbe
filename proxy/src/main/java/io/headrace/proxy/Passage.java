package io.headrace.proxy;

import io.headrace.counters.Times;

/**
 * How long data takes through the balancer in one direction: from its read until the kernel has all
 * of it for the other side. One read is timed at a time. Those that come meanwhile wait behind it
 * and count as it, so that what a slow reader holds up is counted in full. For the thread of the
 * event loop.
 */
final class Passage {
  private final Times times;
  private long readNs;

  /** Writes until the timed one is over, itself included; 0 while none is timed. */
  private int ahead;

  /** How many count as it, itself included. */
  private int reads;

  Passage(Times times) {
    this.times = times;
  }

  /**
   * Something was read, and is about to be written.
   *
   * @param nowNs when it was read
   * @param pending writes that are not over, this one included
   */
  void read(long nowNs, int pending) {
    if (ahead == 0) {
      readNs = nowNs;
      ahead = pending;
      reads = 0;
    }
    reads++;
  }

  /** The kernel has taken another write, in their order. */
  void written() {
    if (ahead > 0 && --ahead == 0) {
      times.recordShared(System.nanoTime() - readNs, reads);
    }
  }

  /** What is timed does not arrive. */
  void forget() {
    ahead = 0;
  }
}
