package io.headrace.conntrack;

import java.util.Arrays;

/**
 * Knows which flows may be past their deadline, without a scan. Each flow is in one list, linked
 * through its record.
 *
 * <p>Flows that are opening, reset or in quarantine are short-lived, share one time-out per kind,
 * and are what is recycled when room is short: each kind has a queue in the order of deadlines. All
 * others are in a timer wheel (Varghese and Lauck, 1987). A frame only writes the deadline into the
 * record; when a flow's slot of the wheel comes up, the caller looks at the deadline and schedules
 * the flow again if it lies ahead. Deadlines beyond the wheel's horizon wait in its last slot.
 */
final class FlowTimers {
  private static final int RESET = 0;
  private static final int QUARANTINE = 1;
  private static final int OPENING = 2;
  private static final int QUEUES = 3;
  private static final int NIL = FlowRecords.NIL;

  /** A tick is 2^28 ns, about a quarter of a second; a turn of the wheel about 18 minutes. */
  private static final int TICK_SHIFT = 28;

  private static final int SLOTS = 4096;

  private final FlowRecords records;
  private final int[] heads = new int[QUEUES + SLOTS];
  private final int[] tails = new int[QUEUES + SLOTS];
  private int opening;
  private long tick = Long.MIN_VALUE >> TICK_SHIFT;

  FlowTimers(FlowRecords records) {
    this.records = records;
    Arrays.fill(heads, NIL);
    Arrays.fill(tails, NIL);
  }

  /** How many flows are opening. */
  int opening() {
    return opening;
  }

  int oldestOpening() {
    return heads[OPENING];
  }

  /**
   * The flow whose place can be given to another with the least harm, or NIL when every flow is
   * open.
   */
  int leastNeeded() {
    for (int queue = 0; queue < QUEUES; queue++) {
      if (heads[queue] != NIL) {
        return heads[queue];
      }
    }
    return NIL;
  }

  /** Puts a flow that is in no list where its state and deadline say. */
  void add(int flow) {
    switch (records.state(flow)) {
      case SYN_SENT, SYN_RECEIVED, UDP_UNREPLIED -> append(OPENING, flow);
      case RESET -> append(RESET, flow);
      case TIME_WAIT -> append(QUARANTINE, flow);
      case ESTABLISHED, FIN_CLIENT, FIN_SERVER, UDP_REPLIED -> append(wheelSlot(flow), flow);
    }
  }

  void remove(int flow) {
    int list = records.list(flow);
    int next = records.next(flow);
    int previous = records.previous(flow);
    if (previous == NIL) {
      heads[list] = next;
    } else {
      records.next(previous, next);
    }
    if (next == NIL) {
      tails[list] = previous;
    } else {
      records.previous(next, previous);
    }
    if (list == OPENING) {
      opening--;
    }
  }

  /** After the deadline was moved: a queue must stay in order, the wheel finds out by itself. */
  void touched(int flow) {
    if (records.list(flow) < QUEUES && records.next(flow) != NIL) {
      remove(flow);
      add(flow);
    }
  }

  /** A flow that may be past its deadline, or NIL; it stays in its list. */
  int due(long nowNs) {
    for (int queue = 0; queue < QUEUES; queue++) {
      if (heads[queue] != NIL && records.deadlineNs(heads[queue]) - nowNs <= 0) {
        return heads[queue];
      }
    }
    long nowTick = nowNs >> TICK_SHIFT;
    // After a long pause one turn is enough: it visits every slot.
    tick = Math.max(tick, nowTick - SLOTS + 1);
    for (; tick <= nowTick; tick++) {
      int flow = heads[QUEUES + (int) (tick & SLOTS - 1)];
      if (flow != NIL) {
        return flow;
      }
    }
    return NIL;
  }

  /** The first tick that begins after the deadline, within the wheel. */
  private int wheelSlot(int flow) {
    long after = (records.deadlineNs(flow) >> TICK_SHIFT) + 1;
    long within = Math.clamp(after, tick, tick + SLOTS - 1);
    return QUEUES + (int) (within & SLOTS - 1);
  }

  private void append(int list, int flow) {
    int last = tails[list];
    records.list(flow, list);
    records.previous(flow, last);
    records.next(flow, NIL);
    if (last == NIL) {
      heads[list] = flow;
    } else {
      records.next(last, flow);
    }
    tails[list] = flow;
    if (list == OPENING) {
      opening++;
    }
  }
}
