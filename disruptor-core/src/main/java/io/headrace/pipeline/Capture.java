package io.headrace.pipeline;

import com.lmax.disruptor.RingBuffer;
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
  private final WallClock wallClock = new WallClock();
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
      AtomicCounter received,
      AtomicCounter ringFull) {
    this.ring = ring;
    this.sources = arms.stream().map(Arm::source).toArray(FrameSource[]::new);
    this.classifier = classifier;
    this.tables = tables;
    this.flowTime = flowTime;
    this.faults = faults;
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
    long wallNs = flowTime.passesWithoutFrames() ? wallClock.at(now) : 0;
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
        slot.captured(arm, now, waitedNs(slot, wallNs), flowTime.of(slot.frame(), now));
        classify(slot, table);
        frames++;
      }
    } finally {
      if (frames > 0) {
        long published = System.nanoTime();
        for (int i = 0; i < frames; i++) {
          ring.get(first + i).published(published);
        }
        ring.publish(first, ring.next(frames));
        received.getAndAddRelease(frames);
      }
    }
    return frames;
  }

  /** How long the frame was in the kernel, where that has stamped it. */
  private static long waitedNs(Slot slot, long wallNs) {
    long stampNs = slot.frame().timeNs();
    return stampNs == 0 || wallNs == 0 ? 0 : wallNs - stampNs;
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
