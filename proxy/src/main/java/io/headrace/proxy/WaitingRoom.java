package io.headrace.proxy;

import io.headrace.config.QueueConfig;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Where connections wait, in the order of their coming, until a place is free. Any thread.
 *
 * <p>Whoever gives a place back wakes the first; who is woken tries to take one, and if another was
 * faster, or the place is at a server that it has tried, goes back to where it was and wakes the
 * first who can use a place that there is. Who joins has to look once more for a place afterwards,
 * since the last may have been given back just before.
 */
final class WaitingRoom {
  private final NavigableMap<Long, Turn> waiting = new ConcurrentSkipListMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicInteger count = new AtomicInteger();
  private volatile QueueConfig config = QueueConfig.DEFAULT;

  /** One who waits. */
  final class Turn {
    private final long number = numbers.getAndIncrement();
    private final Executor executor;
    private final Runnable woken;
    private final Supplier<List<Member>> tried;

    private Turn(Executor executor, Runnable woken, Supplier<List<Member>> tried) {
      this.executor = executor;
      this.woken = woken;
      this.tried = tried;
    }

    /** Goes back to where it was when it was woken. */
    void resume() {
      count.incrementAndGet();
      waiting.put(number, this);
    }

    /** Waits no more. */
    void leave() {
      if (waiting.remove(number, this)) {
        count.decrementAndGet();
      }
    }

    WaitingRoom room() {
      return WaitingRoom.this;
    }

    private boolean wake() {
      boolean mine = waiting.remove(number, this);
      if (mine) {
        count.decrementAndGet();
        executor.execute(woken);
      }
      return mine;
    }
  }

  void config(QueueConfig changed) {
    config = changed;
  }

  QueueConfig config() {
    return config;
  }

  boolean isEmpty() {
    return count.get() == 0;
  }

  /**
   * Joins the end.
   *
   * @param woken runs when a place may be free
   * @param tried servers at which a place is of no use
   * @return null when the room is full
   */
  Turn join(Executor executor, Runnable woken, Supplier<List<Member>> tried) {
    int now = count.get();
    while (now < config.size()) {
      if (count.compareAndSet(now, now + 1)) {
        Turn turn = new Turn(executor, woken, tried);
        waiting.put(turn.number, turn);
        return turn;
      }
      now = count.get();
    }
    return null;
  }

  /** Wakes the first, if there is one. */
  void wakeFirst() {
    wakeFirst(_ -> true);
  }

  /** Wakes the first of whom this is true of the servers that it has tried, if there is one. */
  void wakeFirst(Predicate<Collection<Member>> able) {
    for (Turn each : waiting.values()) {
      if (able.test(each.tried.get()) && each.wake()) {
        return;
      }
    }
  }

  /** Wakes all that wait now. */
  void wakeAll() {
    waiting.values().forEach(Turn::wake);
  }
}
