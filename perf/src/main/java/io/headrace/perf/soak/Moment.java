package io.headrace.perf.soak;

import io.headrace.testbed.TestbedException;

/** Time that passes. */
final class Moment {
  private Moment() {}

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted", e);
    }
  }

  static double secondsSince(long startNs) {
    return (System.nanoTime() - startNs) / 1e9;
  }
}
