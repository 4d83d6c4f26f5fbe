package io.headrace.pipeline;

import io.headrace.counters.Counters;
import io.headrace.counters.FrameTraces;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.counters.Times;
import io.headrace.forward.Slot;
import java.util.List;

/**
 * How long frames that were forwarded spent in each stage. What one stage ends with the next begins
 * with, so that a frame's times add up to its way from capture to transmit.
 *
 * <p>A frame waits for its whole batch, so the stages read the clock once a batch, and frames that
 * were together in all of them are recorded together. The wait in the kernel is each frame's own.
 *
 * <p>Threading: the transmit stage alone.
 */
final class StageTimes {
  /** The stages in their order; {@link FrameTraces} has the same. */
  static final List<String> STAGES =
      List.of("kernel", "capture", "ring_wait", "worker", "transmit_wait", "transmit");

  /** From capture to transmit. */
  static final String WHOLE = "whole";

  private final Times kernel;
  private final Times capture;
  private final Times ringWait;
  private final Times worker;
  private final Times transmitWait;
  private final Times transmit;
  private final Times whole;
  private final FrameTraces traces;

  /** The newest group of each worker. */
  private final int[] newest;

  private final Group[] groups;
  private int used;
  private long startNs;

  /** Frames that were together in all stages. */
  private static final class Group {
    private int worker;
    private int frames;
    private long kernelNs;
    private long capturedNs;
    private long publishedNs;
    private long workStartNs;
    private long workEndNs;
  }

  /**
   * @param workers how many there are
   * @param most frames that are added before they are {@linkplain #sent sent}
   */
  StageTimes(Counters counters, int workers, int most) {
    kernel = times(counters, STAGES.get(0));
    capture = times(counters, STAGES.get(1));
    ringWait = times(counters, STAGES.get(2));
    worker = times(counters, STAGES.get(3));
    transmitWait = times(counters, STAGES.get(4));
    transmit = times(counters, STAGES.get(5));
    whole = times(counters, WHOLE);
    traces = counters.traces();
    newest = new int[workers];
    groups = new Group[most];
    for (int i = 0; i < most; i++) {
      groups[i] = new Group();
    }
    forget();
  }

  private static Times times(Counters counters, String stage) {
    return counters.times(Name.of(Metric.STAGE_TIME).kind(stage));
  }

  private void forget() {
    used = 0;
    for (int i = 0; i < newest.length; i++) {
      newest[i] = -1;
    }
  }

  /** Transmit begins to look for frames. */
  void start(long nowNs) {
    startNs = nowNs;
  }

  /** A frame that is about to be sent. */
  void add(Slot slot) {
    if (slot.kernelNs() > 0) {
      kernel.record(slot.kernelNs(), 1);
    }
    int by = slot.bucket() % newest.length;
    int last = newest[by];
    if (last >= 0
        && groups[last].workEndNs == slot.workEndNs()
        && groups[last].capturedNs == slot.capturedNs()) {
      groups[last].frames++;
      return;
    }
    newest[by] = used;
    Group group = groups[used++];
    group.worker = by;
    group.frames = 1;
    group.kernelNs = slot.kernelNs();
    group.capturedNs = slot.capturedNs();
    group.publishedNs = slot.publishedNs();
    group.workStartNs = slot.workStartNs();
    group.workEndNs = slot.workEndNs();
  }

  /** Those that were added have been sent; it begins to send others. */
  void sent(long nowNs) {
    for (int i = 0; i < used; i++) {
      record(groups[i], nowNs);
    }
    forget();
    startNs = nowNs;
  }

  private void record(Group group, long endNs) {
    int frames = group.frames;
    // A worker may have been done with it after transmit began to look.
    long sendNs = Math.max(startNs, group.workEndNs);
    long captureNs = group.publishedNs - group.capturedNs;
    long ringNs = group.workStartNs - group.publishedNs;
    long workNs = group.workEndNs - group.workStartNs;
    long waitNs = sendNs - group.workEndNs;
    long transmitNs = endNs - sendNs;
    capture.record(captureNs, frames);
    ringWait.record(ringNs, frames);
    worker.record(workNs, frames);
    transmitWait.record(waitNs, frames);
    transmit.record(transmitNs, frames);
    whole.record(endNs - group.capturedNs, frames);
    traces.begin(group.capturedNs, frames, group.worker);
    traces.stage(0, group.kernelNs);
    traces.stage(1, captureNs);
    traces.stage(2, ringNs);
    traces.stage(3, workNs);
    traces.stage(4, waitNs);
    traces.stage(5, transmitNs);
    traces.end();
  }
}
