package io.headrace.health;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The end of a check's time: what the check has open is closed then, which ends whatever it waits
 * for, be it a connection, a handshake or an answer that comes byte by byte.
 */
final class Deadline implements AutoCloseable {
  private final Future<?> alarm;
  private Closeable guarded = () -> {};
  private boolean passed;

  Deadline(ScheduledExecutorService timer, Duration timeout) {
    alarm = timer.schedule(this::pass, timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Closes this at the end, in place of what it was given before.
   *
   * @throws IOException when that has come already
   */
  synchronized <T extends Closeable> T guard(T resource) throws IOException {
    if (passed) {
      resource.close();
      throw new IOException("too late");
    }
    guarded = resource;
    return resource;
  }

  private synchronized void pass() {
    passed = true;
    try {
      guarded.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  synchronized boolean hasPassed() {
    return passed;
  }

  /** The check has ended. */
  @Override
  public void close() {
    alarm.cancel(false);
  }
}
