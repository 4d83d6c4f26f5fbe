package io.headrace.schedule;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many flows a server has now, of all frontends and in all modes of this process, and how many
 * in a row it did not take. Any thread.
 */
public final class LiveFlows {
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();

  /** One has begun. */
  public void opened() {
    count.incrementAndGet();
  }

  /** One has ended. */
  public void closed() {
    count.decrementAndGet();
  }

  public int count() {
    return count.get();
  }

  /** The server has refused one, or reset it before it had said anything. */
  public void failed() {
    failures.incrementAndGet();
  }

  /** The server has taken one. */
  public void succeeded() {
    // Most often nothing has failed: a line that all only read stays in every cache.
    if (failures.get() != 0) {
      failures.set(0);
    }
  }

  /** Whether so many or more in a row have failed; they are forgotten then. */
  public boolean takeFailures(int least) {
    boolean enough = failures.get() >= least;
    if (enough) {
      failures.set(0);
    }
    return enough;
  }
}
