package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import io.headrace.testbed.TestbedException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Work that a thread of this program does on a host of the testbed.
 *
 * @param <T> what it finds
 */
public final class HostTask<T> {
  private static final long LIMIT_SECONDS = 600;

  private final FutureTask<T> task;

  private HostTask(FutureTask<T> task) {
    this.task = task;
  }

  /** Starts it, on a thread of its own. */
  public static <T> HostTask<T> start(Host host, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    host.threads().newThread(task).start();
    return new HostTask<>(task);
  }

  /** Whether it has ended; {@link #result} tells how. */
  public boolean isDone() {
    return task.isDone();
  }

  /** Waits for its end; its exception, if it had one, goes on here. */
  public T result() {
    try {
      return task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException own -> throw own;
        case Error own -> throw own;
        default -> throw new TestbedException(e.getCause().toString(), e.getCause());
      }
    } catch (TimeoutException e) {
      throw new TestbedException("no end after %d s".formatted(LIMIT_SECONDS), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted", e);
    }
  }
}
