package io.headrace.balancer;

import io.headrace.link.GuardState;
import io.headrace.link.HostClaim;
import io.headrace.link.LinkView;
import io.headrace.passthrough.Passthrough;
import io.headrace.registry.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the kernel guard and the forwarding table in step with the registry and the machine, on a
 * thread of its own. Guard first, table second: the kernel must not answer what is about to be
 * forwarded. What fails is tried again, and a guard that somebody has flushed is put up again.
 *
 * <p>{@link #run}, {@link #runAndWait}, {@link #soon}, {@link #linksChanged} and {@link #view} may
 * be called by any thread; the rest by that of the start, and then by tasks that run here.
 */
final class Steering implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Steering.class);
  private static final long RETRY_MS = 1_000;
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("steering").factory());
  private final Supplier<Snapshot> registry;
  private final HostClaim claim;
  private final Passthrough passthrough;
  private final Surroundings surroundings;
  private final Shortages shortages = new Shortages();
  private volatile LinkView view = new LinkView(List.of(), Map.of());
  private GuardState guarded;

  /**
   * @param registry what is in force now
   */
  Steering(
      Supplier<Snapshot> registry,
      HostClaim claim,
      Passthrough passthrough,
      Surroundings surroundings) {
    this.registry = registry;
    this.claim = claim;
    this.passthrough = passthrough;
    this.surroundings = surroundings;
  }

  /** Looks at the guard, and at what runs short, from now on. */
  void watchGuard() {
    every(LOOK_EVERY, this::restoreGuard);
    every(LOOK_EVERY, this::sayShortages);
  }

  private void sayShortages() {
    shortages.look(
        passthrough.tables().current(), passthrough.pipeline().counts(), System.nanoTime());
  }

  /** Runs a task again and again, until it is cancelled. */
  Future<?> every(Duration period, Runnable task) {
    return thread.scheduleWithFixedDelay(
        () -> attempt(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What the machine's network looked like last. */
  LinkView view() {
    return view;
  }

  void linksChanged(LinkView changed) {
    view = changed;
    soon();
  }

  /** Brings everything in step, before long. */
  void soon() {
    run(this::refreshOrRetry);
  }

  /** Runs a task on this thread, where it may call {@link #refresh}. */
  void run(Runnable task) {
    try {
      thread.execute(() -> attempt(task));
    } catch (RejectedExecutionException e) {
      LOG.debug("at the stop", e);
    }
  }

  /** As {@link #run}; returns when it is done, and throws what it throws. */
  void runAndWait(Runnable task) {
    try {
      CompletableFuture.runAsync(task, thread).join();
    } catch (RejectedExecutionException e) {
      LOG.debug("at the stop", e);
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw e;
      }
    }
  }

  /** Runs a task now; what it throws is said in the log. */
  static void attempt(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      // An Error too: without a word, a task that is repeated would not be any more.
      LOG.error("a change is not in force: {}", e.getMessage() == null ? e : e.getMessage());
    }
  }

  /**
   * Brings everything in step now.
   *
   * @throws io.headrace.link.LinkException when the kernel refuses; nothing has changed then
   */
  void refresh() {
    Snapshot snapshot = registry.get();
    GuardState wanted = surroundings.guard(snapshot, passthrough.tables().current());
    if (!wanted.equals(guarded)) {
      claim.guard(wanted);
      guarded = wanted;
    }
    LinkView seen = view;
    surroundings.macs(seen).forEach(passthrough.tables()::armMac);
    passthrough
        .tables()
        .update(snapshot, server -> surroundings.hop(server, seen), surroundings.natAddresses());
  }

  /** As {@link #refresh}; what fails is tried again before long. */
  void refreshOrRetry() {
    try {
      refresh();
    } catch (RuntimeException | Error e) {
      thread.schedule(this::soon, RETRY_MS, TimeUnit.MILLISECONDS);
      throw e;
    }
  }

  private void restoreGuard() {
    if (guarded != null && !claim.isGuarded()) {
      LOG.warn("the kernel guard was removed by another program; it is put up again");
      guarded = null;
    }
    // Frontends that are gone and whose last connection has ended are let go of here, too.
    refreshOrRetry();
  }

  /** Whether the kernel keeps away from our frames because of this process. */
  boolean isGuarding() {
    return guarded != null;
  }

  /** Ends the thread, when it has done what it is about to do. */
  @Override
  public void close() {
    thread.close();
  }
}
