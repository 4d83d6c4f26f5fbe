package io.headrace.proxy;

import java.util.concurrent.atomic.AtomicInteger;

/** Places of which there are only so many. Any thread. */
final class Limit {
  private final AtomicInteger taken = new AtomicInteger();
  private volatile int most = Integer.MAX_VALUE;

  /** Changes how many there are; those that are taken stay. */
  void most(int places) {
    most = places;
  }

  /** Takes a place, if there is one. */
  boolean take() {
    int now = taken.get();
    while (now < most) {
      if (taken.compareAndSet(now, now + 1)) {
        return true;
      }
      now = taken.get();
    }
    return false;
  }

  /** Gives a place back. */
  void give() {
    taken.decrementAndGet();
  }

  boolean hasRoom() {
    return taken.get() < most;
  }
}
