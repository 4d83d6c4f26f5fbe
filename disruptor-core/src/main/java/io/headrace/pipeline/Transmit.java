package io.headrace.pipeline;

import com.lmax.disruptor.EventPoller;
import io.headrace.counters.Counters;
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
  /** As many as a sink takes in one call. */
  private static final int BATCH = 128;

  private final EventPoller<Slot> poller;
  private final FrameSource[] sources;
  private final FrameSink[] sinks;
  private final Encapsulation[] encapsulations;
  private final int[] done;
  private final FaultLog faults;
  private final StageTimes times;
  private final PipelineCounts counts;
  private int frames;
  private int sent;

  Transmit(
      EventPoller<Slot> poller,
      List<Arm> arms,
      int workers,
      FaultLog faults,
      Counters counters,
      PipelineCounts counts) {
    this.poller = poller;
    this.sources = arms.stream().map(Arm::source).toArray(FrameSource[]::new);
    this.sinks = arms.stream().map(Arm::sink).toArray(FrameSink[]::new);
    this.encapsulations =
        arms.stream().map(Arm::sink).map(Encapsulation::new).toArray(Encapsulation[]::new);
    this.done = new int[sources.length];
    this.faults = faults;
    this.times = new StageTimes(counters, workers, BATCH);
    this.counts = counts;
  }

  @Override
  public int doWork() throws Exception {
    times.start(System.nanoTime());
    frames = 0;
    poller.poll(this);
    return frames;
  }

  @Override
  public boolean onEvent(Slot slot, long sequence, boolean endOfBatch) {
    frames++;
    done[slot.arm()]++;
    if (slot.verdict() == Verdict.FORWARD) {
      if (send(slot)) {
        times.add(slot);
        sent++;
      }
    } else if (slot.verdict() != Verdict.ANSWER || send(slot)) {
      counts.refused(slot.reason()).incrementRelease();
    }
    if (endOfBatch || sent == BATCH) {
      flush();
    }
    if (endOfBatch) {
      release();
    }
    return true;
  }

  private boolean send(Slot slot) {
    try {
      if (slot.verdict() == Verdict.FORWARD && slot.isEncapsulated()) {
        encapsulations[slot.egressArm()].send(slot);
      } else {
        sinks[slot.egressArm()].send(slot.frame());
      }
      return true;
    } catch (Throwable e) {
      faults.add(roleName(), e);
      counts.refused(Reason.FAULT).incrementRelease();
      return false;
    }
  }

  private void flush() {
    for (int arm = 0; arm < sinks.length; arm++) {
      try {
        sinks[arm].flush();
        encapsulations[arm].flushed();
      } catch (Throwable e) {
        faults.add(roleName(), e);
      }
    }
    if (sent > 0) {
      times.sent(System.nanoTime());
      counts.forwarded().getAndAddRelease(sent);
      sent = 0;
    }
  }

  /**
   * The frames' memory goes back only here, before the poller frees their slots: so no more is out
   * than the ring holds.
   */
  private void release() {
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
