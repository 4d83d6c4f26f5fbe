package io.headrace.pipeline;

import com.lmax.disruptor.RingBuffer;
import io.headrace.counters.Times;
import io.headrace.forward.Classifier;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Slot;
import io.headrace.io.FrameSource;
import java.util.List;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The first stage: takes frames from every arm in turn, finds the bucket of each, and publishes
 * them in batches. When the ring is full, frames wait in their source, which counts those it loses.
 */
final class Capture implements Agent {
  /**
   * Enough to amortise a batch's costs, few enough that the first of a batch does not wait long for
   * the last.
   */
  private static final int BATCH = 64;

  private final RingBuffer<Slot> ring;
  private final FrameSource[] sources;
  private final Classifier classifier;
  private final ForwardingTables tables;
  private final FlowTime flowTime;
  private final FaultLog faults;
  private final Times time;
  private final AtomicCounter received;
  private final AtomicCounter ringFull;
  private int nextArm;

  Capture(
      RingBuffer<Slot> ring,
      List<Arm> arms,
      Classifier classifier,
      ForwardingTables tables,
      FlowTime flowTime,
      FaultLog faults,
      Times time,
      AtomicCounter received,
      AtomicCounter ringFull) {
    this.ring = ring;
    this.sources = arms.stream().map(Arm::source).toArray(FrameSource[]::new);
    this.classifier = classifier;
    this.tables = tables;
    this.flowTime = flowTime;
    this.faults = faults;
    this.time = time;
    this.received = received;
    this.ringFull = ringFull;
  }

  @Override
  public int doWork() {
    int frames = 0;
    for (int i = 0; i < sources.length; i++) {
      int arm = nextArm;
      nextArm = arm + 1 == sources.length ? 0 : arm + 1;
      frames += capture(arm);
    }
    return frames;
  }

  private int capture(int arm) {
    long room = ring.remainingCapacity();
    if (room == 0) {
      ringFull.incrementRelease();
      return 0;
    }
    FrameSource source = sources[arm];
    ForwardingTable table = tables.current();
    long now = System.nanoTime();
    long first = ring.getCursor() + 1;
    int limit = (int) Math.min(room, BATCH);
    int frames = 0;
    // The slots beyond the cursor are ours alone: fill them first, claim those that were filled.
    try {
      while (frames < limit) {
        Slot slot = ring.get(first + frames);
        if (!source.receive(slot.frame())) {
          break;
        }
        slot.captured(arm, now, flowTime.of(slot.frame(), now));
        classify(slot, table);
        frames++;
      }
    } finally {
      if (frames > 0) {
        ring.publish(first, ring.next(frames));
        received.getAndAddRelease(frames);
        time.record(System.nanoTime() - now, frames);
      }
    }
    return frames;
  }

  private void classify(Slot slot, ForwardingTable table) {
    try {
      classifier.classify(slot, table);
    } catch (Throwable e) {
      faults.add(roleName(), e);
      slot.fault();
    }
  }

  @Override
  public String roleName() {
    return "capture";
  }
}
