package io.headrace.pipeline;

import com.lmax.disruptor.EventPoller;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Slot;
import org.agrona.concurrent.Agent;

/**
 * One of the parallel stages in the middle. It sees every slot and works on those whose bucket it
 * owns; bucket b belongs to worker b mod n. Everything that it knows of a flow has this one writer.
 */
final class Worker implements Agent, EventPoller.Handler<Slot> {
  private final int index;
  private final int workers;
  private final EventPoller<Slot> poller;
  private final Forwarder forwarder;
  private final ForwardingTables tables;
  private final FlowTime flowTime;
  private final FaultLog faults;
  private final StageTime waitTime;
  private final StageTime workTime;
  private ForwardingTable table;
  private long batchStartNs;
  private long capturedNs;
  private int mine;

  Worker(
      int index,
      int workers,
      EventPoller<Slot> poller,
      Forwarder forwarder,
      ForwardingTables tables,
      FlowTime flowTime,
      FaultLog faults,
      StageTime waitTime,
      StageTime workTime) {
    this.index = index;
    this.workers = workers;
    this.poller = poller;
    this.forwarder = forwarder;
    this.tables = tables;
    this.flowTime = flowTime;
    this.faults = faults;
    this.waitTime = waitTime;
    this.workTime = workTime;
  }

  @Override
  public int doWork() throws Exception {
    mine = 0;
    batchStartNs = System.nanoTime();
    boolean worked = poller.poll(this) == EventPoller.PollState.PROCESSING;
    if (mine > 0) {
      waitTime.record(batchStartNs - capturedNs, mine);
      workTime.record(System.nanoTime() - batchStartNs, mine);
    }
    int expired = flowTime.passesWithoutFrames() ? forwarder.expire(batchStartNs) : 0;
    return worked ? 1 : expired;
  }

  @Override
  public boolean onEvent(Slot slot, long sequence, boolean endOfBatch) {
    boolean own = slot.bucket() >= 0 && slot.bucket() % workers == index;
    try {
      if (!flowTime.passesWithoutFrames()) {
        // Every worker sees every frame's time, so that what has expired does not depend on how
        // many workers there are.
        forwarder.expire(slot.nowNs());
      }
      if (own) {
        if (mine++ == 0) {
          capturedNs = slot.capturedNs();
          // Read behind the ring: never older than the one that capture found the frontend in.
          table = tables.current();
        }
        forwarder.forward(slot, table);
      }
    } catch (Throwable e) {
      // Whatever it is: a slot that stops the poller would stop it again and again.
      faults.add(roleName(), e);
      if (own) {
        slot.fault();
      }
    }
    return true;
  }

  @Override
  public String roleName() {
    return "worker-" + index;
  }
}
