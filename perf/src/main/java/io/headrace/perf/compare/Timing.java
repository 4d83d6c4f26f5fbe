package io.headrace.perf.compare;

/**
 * How long things go on.
 *
 * @param rounds in each of which every contestant runs once
 * @param seconds measured in a run
 * @param warmup seconds of load before them; a program that is not compiled as it runs needs no
 *     more than {@value #SHORT_WARMUP}
 */
record Timing(int rounds, int seconds, int warmup) {
  private static final int SHORT_WARMUP = 1;

  int warmup(boolean compiledAsItRuns) {
    return compiledAsItRuns ? warmup : Math.min(SHORT_WARMUP, warmup);
  }
}
