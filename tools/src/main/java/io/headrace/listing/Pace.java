package io.headrace.listing;

import java.io.InterruptedIOException;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps long work from being in the way of frames, where both share a core: a short while of work,
 * then as long a rest. For one thread.
 */
final class Pace {
  private static final long WORK_NS = 250_000;
  private static final long REST_NS = 250_000;

  private long since = System.nanoTime();

  /**
   * Rests if it is time to.
   *
   * @throws InterruptedIOException when the thread was interrupted
   */
  void keep() throws InterruptedIOException {
    if (System.nanoTime() - since > WORK_NS) {
      LockSupport.parkNanos(REST_NS);
      if (Thread.interrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      since = System.nanoTime();
    }
  }
}
