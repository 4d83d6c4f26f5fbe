package io.headrace.balancer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A part of the start that runs beside the others, on a thread of its own.
 *
 * @param <T> what comes of it
 */
final class Beside<T> implements AutoCloseable {
  private final CompletableFuture<T> result;
  private final Consumer<T> closer;

  private Beside(CompletableFuture<T> result, Consumer<T> closer) {
    this.result = result;
    this.closer = closer;
  }

  /**
   * @param closer of what comes of it, if anything does
   */
  static <T> Beside<T> start(Supplier<T> part, Consumer<T> closer) {
    return new Beside<>(
        CompletableFuture.supplyAsync(part, task -> Thread.ofPlatform().start(task)), closer);
  }

  /** Waits for it; throws what it threw. */
  T result() {
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw e;
      }
    }
  }

  /** Waits for it, too; what it threw {@link #result} has told. */
  @Override
  public void close() {
    result.handle((made, failure) -> made).thenAccept(made -> close(made)).join();
  }

  private void close(T made) {
    if (made != null) {
      closer.accept(made);
    }
  }
}
