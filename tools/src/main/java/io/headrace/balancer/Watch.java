package io.headrace.balancer;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what nobody tells and somebody has to ask for, now and then, on a thread of its own. */
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration EVERY = Duration.ofMillis(500);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("watch").factory());

  /**
   * @param look at what is to be counted
   */
  Watch(Runnable look) {
    thread.scheduleWithFixedDelay(
        () -> attempt(look), EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void attempt(Runnable look) {
    try {
      look.run();
    } catch (RuntimeException | Error e) {
      // One that is thrown would be the last look.
      LOG.debug("not counted", e);
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
