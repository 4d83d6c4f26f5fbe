package io.headrace.conntrack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A sequence lock: who reads what another thread goes on writing learns whether the reading was
 * undisturbed. The writer never waits; a count is odd while it writes. The fences are those of
 * Boehm, "Can seqlocks get along with programming language memory models?" (2012), where data are
 * read as plain loads.
 *
 * <p>One thread writes; any thread reads.
 */
final class ChangeCount {
  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(ChangeCount.class, "count", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long count;

  /** Before the first write. */
  void begin() {
    COUNT.setOpaque(this, count + 1);
    VarHandle.releaseFence();
  }

  /** After the last write, come what may. */
  void end() {
    COUNT.setRelease(this, count + 1);
  }

  /** Before the first read: what to give to {@link #isStill}. */
  long now() {
    return (long) COUNT.getAcquire(this);
  }

  /** Whether the writer is at work, so that it is not worth reading. */
  static boolean isChanging(long now) {
    return (now & 1) != 0;
  }

  /** After the last read: whether all of them saw the state of one moment. */
  boolean isStill(long before) {
    VarHandle.acquireFence();
    return (long) COUNT.getOpaque(this) == before;
  }
}
