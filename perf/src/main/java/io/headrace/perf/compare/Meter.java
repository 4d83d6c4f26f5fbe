package io.headrace.perf.compare;

/** The measured part of a run: what the machine does from here on. For one thread. */
final class Meter {
  private final CpuTimes cpu = CpuTimes.now();
  private final long startNs = System.nanoTime();

  /** What has passed since the start. */
  record Reading(CpuTimes cpu, double seconds) {}

  Reading read() {
    return new Reading(CpuTimes.now().since(cpu), (System.nanoTime() - startNs) / 1e9);
  }
}
