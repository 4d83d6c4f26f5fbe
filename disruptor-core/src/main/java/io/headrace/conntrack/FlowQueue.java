package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Flows in the order in which a frame of theirs came last. A flow is in one queue at most. Nothing
 * is allocated per flow: the queues of a table share {@link Links}. Single reader and writer, the
 * worker that owns the table.
 */
final class FlowQueue {
  private static final int NIL = FlowRecords.NIL;

  /**
   * The links of every flow of a table, off-heap, apart from the records: only a flow that begins
   * or ends touches them.
   *
   * <pre>
   *    0        4        8
   *   +--------+--------+
   *   | next   | prev-  |    of flow 0, then of flow 1, and so on
   *   |        | ious   |
   *   +--------+--------+
   * </pre>
   */
  static final class Links {
    private final MemorySegment links;

    Links(Arena arena, int capacity) {
      links = ZeroedMemory.allocate(arena, 2L * Integer.BYTES * capacity);
    }

    private int next(int flow) {
      return links.getAtIndex(ValueLayout.JAVA_INT, 2L * flow);
    }

    private void next(int flow, int value) {
      links.setAtIndex(ValueLayout.JAVA_INT, 2L * flow, value);
    }

    private int previous(int flow) {
      return links.getAtIndex(ValueLayout.JAVA_INT, 2L * flow + 1);
    }

    private void previous(int flow, int value) {
      links.setAtIndex(ValueLayout.JAVA_INT, 2L * flow + 1, value);
    }
  }

  private final Links links;
  private int oldest = NIL;
  private int newest = NIL;
  private int size;

  FlowQueue(Links links) {
    this.links = links;
  }

  int size() {
    return size;
  }

  /** The flow that was longest without a frame, or {@link FlowRecords#NIL}. */
  int oldest() {
    return oldest;
  }

  /** Adds a flow that is in no queue, as the newest. */
  void add(int flow) {
    links.previous(flow, newest);
    links.next(flow, NIL);
    if (newest == NIL) {
      oldest = flow;
    } else {
      links.next(newest, flow);
    }
    newest = flow;
    size++;
  }

  /** Removes a flow that is in this queue. */
  void remove(int flow) {
    int next = links.next(flow);
    int previous = links.previous(flow);
    if (previous == NIL) {
      oldest = next;
    } else {
      links.next(previous, next);
    }
    if (next == NIL) {
      newest = previous;
    } else {
      links.previous(next, previous);
    }
    size--;
  }

  /** A frame came: makes a flow that is in this queue the newest. */
  void touch(int flow) {
    if (newest != flow) {
      remove(flow);
      add(flow);
    }
  }
}
