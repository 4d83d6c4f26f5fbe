package io.headrace.conntrack;

import java.util.Arrays;

/**
 * Knows which flows may be past their deadline, without a scan: a timer wheel (Varghese and Lauck,
 * 1987). Each flow is in the list of one slot, linked through its record. A frame only writes the
 * deadline into the record; when a flow's slot comes up, the caller looks at the deadline and
 * schedules the flow again if it lies ahead. Deadlines beyond the wheel's horizon wait in its last
 * slot.
 */
final class FlowTimers {
  private static final int NIL = FlowRecords.NIL;

  /** A tick is 2^28 ns, about a quarter of a second; a turn of the wheel about 18 minutes. */
  private static final int TICK_SHIFT = 28;

  private static final int SLOTS = 4096;

  private final FlowRecords records;
  private final int[] heads = new int[SLOTS];
  private final int[] tails = new int[SLOTS];
  private long tick = Long.MIN_VALUE >> TICK_SHIFT;

  FlowTimers(FlowRecords records) {
    this.records = records;
    Arrays.fill(heads, NIL);
    Arrays.fill(tails, NIL);
  }

  /** Puts a flow that is in no list where its deadline says. */
  void add(int flow) {
    append(slot(flow), flow);
  }

  void remove(int flow) {
    int slot = records.slot(flow);
    int next = records.next(flow);
    int previous = records.previous(flow);
    if (previous == NIL) {
      heads[slot] = next;
    } else {
      records.next(previous, next);
    }
    if (next == NIL) {
      tails[slot] = previous;
    } else {
      records.previous(next, previous);
    }
  }

  /** After the deadline may have come nearer; that it moved away the wheel finds out by itself. */
  void nearer(int flow) {
    if (ticksTo(slot(flow)) < ticksTo(records.slot(flow))) {
      remove(flow);
      add(flow);
    }
  }

  /** A flow that may be past its deadline, or NIL; it stays in its list. */
  int due(long nowNs) {
    long nowTick = nowNs >> TICK_SHIFT;
    // After a long pause one turn is enough: it visits every slot.
    tick = Math.max(tick, nowTick - SLOTS + 1);
    for (; tick <= nowTick; tick++) {
      int flow = heads[(int) tick & SLOTS - 1];
      if (flow != NIL) {
        return flow;
      }
    }
    return NIL;
  }

  /** The slot of the first tick that begins after the deadline, within the wheel. */
  private int slot(int flow) {
    long after = (records.deadlineNs(flow) >> TICK_SHIFT) + 1;
    return (int) Math.clamp(after, tick, tick + SLOTS - 1) & SLOTS - 1;
  }

  private int ticksTo(int slot) {
    return slot - (int) tick & SLOTS - 1;
  }

  private void append(int slot, int flow) {
    int last = tails[slot];
    records.slot(flow, slot);
    records.previous(flow, last);
    records.next(flow, NIL);
    if (last == NIL) {
      heads[slot] = flow;
    } else {
      records.next(last, flow);
    }
    tails[slot] = flow;
  }
}
