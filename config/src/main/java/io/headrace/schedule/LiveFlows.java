package io.headrace.schedule;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many flows a server has now, of all frontends and in all modes of this process. Any thread.
 */
public final class LiveFlows {
  private final AtomicInteger count = new AtomicInteger();

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
}
