package io.headrace.proxy;

import io.headrace.config.QueueConfig;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Where connections wait, in the order of their coming, until a place is free. Any thread.
 *
 * <p>Whoever gives a place back wakes the first; who is woken tries to take one, and if another was
 * faster, or the place is at a server that it has tried, goes back to the front and wakes the first
 * who can use a place that there is. Who joins has to look once more for a place afterwards, since
 * the last may have been given back just before.
 */
final class WaitingRoom {
  private final Deque<Connection> waiting = new ConcurrentLinkedDeque<>();
  private final AtomicInteger count = new AtomicInteger();
  private volatile QueueConfig config = QueueConfig.DEFAULT;

  void config(QueueConfig changed) {
    config = changed;
  }

  QueueConfig config() {
    return config;
  }

  boolean isEmpty() {
    return count.get() == 0;
  }

  /** Joins the end; false when the room is full. */
  boolean join(Connection connection) {
    if (count.incrementAndGet() > config.size()) {
      count.decrementAndGet();
      return false;
    }
    waiting.addLast(connection);
    return true;
  }

  /** Goes back to the front. */
  void rejoin(Connection connection) {
    count.incrementAndGet();
    waiting.addFirst(connection);
  }

  void leave(Connection connection) {
    if (waiting.remove(connection)) {
      count.decrementAndGet();
    }
  }

  /** Wakes the first, if there is one. */
  void wakeFirst() {
    Connection first = waiting.pollFirst();
    if (first != null) {
      count.decrementAndGet();
      first.wake();
    }
  }

  /** Wakes the first of whom this is true, if there is one. */
  void wakeFirst(Predicate<Connection> able) {
    for (Connection each : waiting) {
      if (able.test(each) && waiting.remove(each)) {
        count.decrementAndGet();
        each.wake();
        return;
      }
    }
  }

  /** Wakes all that wait now. */
  void wakeAll() {
    for (int i = count.get(); i > 0; i--) {
      wakeFirst();
    }
  }
}
