package io.headrace.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One task at a time that runs unless something else happens first. For the event loop. */
final class Deadline {
  private final EventLoop loop;
  private ScheduledFuture<?> pending;

  Deadline(EventLoop loop) {
    this.loop = loop;
  }

  /** Replaces what was to run. */
  void set(Duration after, Runnable task) {
    cancel();
    pending = loop.schedule(task, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  void cancel() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }
}
