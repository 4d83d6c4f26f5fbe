package io.headrace.pipeline;

import com.lmax.disruptor.EventPoller;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Slot;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;

/**
 * One of the parallel stages in the middle. It sees every slot and works on those whose bucket it
 * owns; bucket b belongs to worker b mod n. Everything that it knows of a flow has this one writer.
 */
final class Worker implements Agent, EventPoller.Handler<Slot> {
  /** Enough misses for a processor to wait for at once. */
  private static final int BATCH = 32;

  private final int index;
  private final int workers;
  private final EventPoller<Slot> poller;
  private final Forwarder forwarder;
  private final ForwardingTables tables;
  private final FlowTime flowTime;
  private final FaultLog faults;
  private final Slot[] batch;
  private final ManyToOneConcurrentLinkedQueue<Runnable> commands =
      new ManyToOneConcurrentLinkedQueue<>();
  private ForwardingTable table;
  private long batchStartNs;
  private boolean fresh;
  private int waiting;

  Worker(
      int index,
      int workers,
      EventPoller<Slot> poller,
      Forwarder forwarder,
      ForwardingTables tables,
      FlowTime flowTime,
      FaultLog faults) {
    this.index = index;
    this.workers = workers;
    this.poller = poller;
    this.forwarder = forwarder;
    this.tables = tables;
    this.flowTime = flowTime;
    this.faults = faults;
    this.batch = new Slot[flowTime.passesWithoutFrames() ? BATCH : 1];
  }

  /** Has the worker run a command before long, between two batches. Any thread. */
  void tell(Runnable command) {
    commands.add(command);
  }

  @Override
  public int doWork() throws Exception {
    boolean told = obey();
    fresh = true;
    long now = System.nanoTime();
    batchStartNs = now;
    boolean worked = poller.poll(this) == EventPoller.PollState.PROCESSING;
    int expired = flowTime.passesWithoutFrames() ? forwarder.expire(now) : 0;
    return worked || told ? 1 : expired;
  }

  /** One at a time: frames wait meanwhile. */
  private boolean obey() {
    Runnable command = commands.poll();
    if (command == null) {
      return false;
    }
    try {
      command.run();
    } catch (Throwable e) {
      faults.add(roleName(), e);
    }
    return true;
  }

  @Override
  public boolean onEvent(Slot slot, long sequence, boolean endOfBatch) {
    if (!flowTime.passesWithoutFrames()) {
      // Every worker sees every frame's time, so that what has expired does not depend on how
      // many workers there are, nor on how frames came together in batches.
      expire(slot.nowNs());
    }
    if (slot.bucket() >= 0 && slot.bucket() % workers == index) {
      if (fresh) {
        fresh = false;
        // Read behind the ring: never older than the one that capture found the frontend in.
        table = tables.current();
      }
      batch[waiting++] = slot;
    }
    if (waiting > 0 && (endOfBatch || waiting == batch.length)) {
      forward();
    }
    return true;
  }

  /** In steps of the whole batch: the frames' misses of the cache overlap. */
  private void forward() {
    for (int i = 0; i < waiting; i++) {
      Slot slot = batch[i];
      try {
        forwarder.hash(slot);
      } catch (Throwable e) {
        drop(slot, e);
      }
    }
    for (int i = 0; i < waiting; i++) {
      Slot slot = batch[i];
      try {
        forwarder.prefetchIndex(slot);
      } catch (Throwable e) {
        drop(slot, e);
      }
    }
    for (int i = 0; i < waiting; i++) {
      Slot slot = batch[i];
      try {
        forwarder.prefetchFlow(slot);
      } catch (Throwable e) {
        drop(slot, e);
      }
    }
    for (int i = 0; i < waiting; i++) {
      Slot slot = batch[i];
      try {
        if (slot.bucket() != Slot.NO_BUCKET) {
          forwarder.forward(slot, table);
        }
      } catch (Throwable e) {
        drop(slot, e);
      }
    }
    long end = System.nanoTime();
    for (int i = 0; i < waiting; i++) {
      batch[i].worked(batchStartNs, end);
    }
    waiting = 0;
    batchStartNs = end;
  }

  private void expire(long nowNs) {
    try {
      forwarder.expire(nowNs);
    } catch (Throwable e) {
      faults.add(roleName(), e);
    }
  }

  /** Whatever it is: a slot that stops the poller would stop it again and again. */
  private void drop(Slot slot, Throwable fault) {
    faults.add(roleName(), fault);
    slot.fault();
  }

  @Override
  public String roleName() {
    return "worker-" + index;
  }
}
