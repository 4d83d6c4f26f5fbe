package io.headrace.counters;

/**
 * How long frames that went together spent in each stage.
 *
 * @param capturedNs monotonic
 * @param stagesNs in the order of the stages; the first, the wait in the kernel, came before
 *     capture
 * @param frames how many
 * @param worker whose they were
 */
public record FrameTrace(long capturedNs, long[] stagesNs, int frames, int worker) {
  /** From capture to transmit: without the wait in the kernel. */
  public long wholeNs() {
    long sum = 0;
    for (int i = 1; i < stagesNs.length; i++) {
      sum += stagesNs[i];
    }
    return sum;
  }
}
