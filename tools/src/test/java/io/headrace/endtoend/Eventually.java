package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what must become true, with a deadline that no slow machine misses. */
final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PAUSE_MS = 50;

  private Eventually() {}

  /**
   * @param what completes the sentence "within 30 s, …" in a failure
   * @param otherwise what there is instead, for the failure
   */
  static void isTrue(String what, BooleanSupplier condition, Supplier<?> otherwise) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("within %d s, %s: %s".formatted(PATIENCE.toSeconds(), what, otherwise.get()));
      }
      pause(PAUSE_MS);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
