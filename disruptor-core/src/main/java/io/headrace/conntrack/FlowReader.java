package io.headrace.conntrack;

import java.util.concurrent.locks.LockSupport;

/**
 * Reads the flows of a table while its owner goes on, from any one other thread. The owner does not
 * wait and is not told; it pays for cache lines that two threads use, as long as this reads.
 *
 * <p>A flow is never a mixture of two that had the same record one after the other: what was read
 * while flows came or went is read again. State, deadline and MAC address are each of some moment
 * of the reading.
 *
 * <p>When the table is closed, the next read throws {@link IllegalStateException}: freed memory is
 * never read ({@link java.lang.foreign.Arena#ofShared}).
 */
public final class FlowReader {
  private static final int SPINS = 100;
  private static final long PAUSE_NS = 50_000;

  private final FlowTable table;

  public FlowReader(FlowTable table) {
    this.table = table;
  }

  /** Records from here on have never been used. It only grows. */
  public int end() {
    return table.untouched();
  }

  /**
   * Copies a flow.
   *
   * @param flow 0 to {@link #end} - 1
   * @param into what it is copied to; undefined when there is none
   * @return whether there is one
   */
  public boolean read(int flow, FlowView into) {
    for (int tries = 1; ; tries++) {
      long before = table.changes().now();
      if (!ChangeCount.isChanging(before)) {
        boolean found = into.copy(table, flow);
        if (table.changes().isStill(before)) {
          return found;
        }
      }
      if (tries % SPINS == 0) {
        // The owner may be waiting for this very core.
        LockSupport.parkNanos(PAUSE_NS);
      } else {
        Thread.onSpinWait();
      }
    }
  }
}
