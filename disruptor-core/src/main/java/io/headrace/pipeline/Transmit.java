package io.headrace.pipeline;

import com.lmax.disruptor.EventPoller;
import io.headrace.counters.Times;
import io.headrace.forward.Reason;
import io.headrace.forward.Slot;
import io.headrace.forward.Verdict;
import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;
import java.util.List;
import org.agrona.concurrent.Agent;

/**
 * The last stage: follows every worker in ring order, sends what is to be forwarded or answered,
 * counts what is not forwarded by reason, and gives the frames' memory back to their sources.
 */
final class Transmit implements Agent, EventPoller.Handler<Slot> {
  private final EventPoller<Slot> poller;
  private final FrameSource[] sources;
  private final FrameSink[] sinks;
  private final int[] done;
  private final FaultLog faults;
  private final Times transmitTime;
  private final Times wholeTime;
  private final PipelineCounts counts;
  private long capturedNs;
  private int frames;
  private int sent;

  Transmit(
      EventPoller<Slot> poller,
      List<Arm> arms,
      FaultLog faults,
      Times transmitTime,
      Times wholeTime,
      PipelineCounts counts) {
    this.poller = poller;
    this.sources = arms.stream().map(Arm::source).toArray(FrameSource[]::new);
    this.sinks = arms.stream().map(Arm::sink).toArray(FrameSink[]::new);
    this.done = new int[sources.length];
    this.faults = faults;
    this.transmitTime = transmitTime;
    this.wholeTime = wholeTime;
    this.counts = counts;
  }

  @Override
  public int doWork() throws Exception {
    long start = System.nanoTime();
    frames = 0;
    sent = 0;
    poller.poll(this);
    if (sent > 0) {
      long end = System.nanoTime();
      transmitTime.record(end - start, sent);
      wholeTime.record(end - capturedNs, sent);
      counts.forwarded().getAndAddRelease(sent);
    }
    return frames;
  }

  @Override
  public boolean onEvent(Slot slot, long sequence, boolean endOfBatch) {
    frames++;
    done[slot.arm()]++;
    if (slot.verdict() == Verdict.FORWARD) {
      if (send(slot) && sent++ == 0) {
        capturedNs = slot.capturedNs();
      }
    } else if (slot.verdict() != Verdict.ANSWER || send(slot)) {
      counts.refused(slot.reason()).incrementRelease();
    }
    if (endOfBatch) {
      finishBatch();
    }
    return true;
  }

  private boolean send(Slot slot) {
    try {
      sinks[slot.egressArm()].send(slot.frame());
      return true;
    } catch (Throwable e) {
      faults.add(roleName(), e);
      counts.refused(Reason.FAULT).incrementRelease();
      return false;
    }
  }

  /**
   * The frames' memory goes back only here, before the poller frees their slots: so no more is out
   * than the ring holds.
   */
  private void finishBatch() {
    for (int arm = 0; arm < sinks.length; arm++) {
      try {
        sinks[arm].flush();
      } catch (Throwable e) {
        faults.add(roleName(), e);
      }
    }
    for (int arm = 0; arm < sources.length; arm++) {
      int frames = done[arm];
      done[arm] = 0;
      if (frames > 0) {
        sources[arm].release(frames);
      }
    }
  }

  @Override
  public String roleName() {
    return "transmit";
  }
}
