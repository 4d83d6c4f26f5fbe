package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds flows by one of their two keys. Open addressing with linear probing over off-heap slots of
 * eight bytes, at most half full; deletion shifts back what follows (Knuth, volume 3, 6.4,
 * algorithm R), so there are no tombstones.
 *
 * <pre>
 *    63            32 31             0
 *   +----------------+----------------+
 *   |  hash          |  flow + 1      |    0: empty
 *   +----------------+----------------+
 * </pre>
 *
 * The low bits of the kept hash are the flow's home slot; the others spare a look at most records
 * that are not the one sought.
 */
final class FlowIndex {
  static final int NONE = -1;

  private final FlowRecords records;
  private final int key;
  private final FlowHash hash;
  private final MemorySegment slots;
  private final int mask;

  /**
   * @param key {@link FlowRecords#CLIENT_KEY} or {@link FlowRecords#REPLY_KEY}
   */
  FlowIndex(Arena arena, FlowRecords records, int key, FlowHash hash) {
    this.records = records;
    this.key = key;
    this.hash = hash;
    long size = Long.highestOneBit(Math.max(2, 4L * records.capacity() - 1));
    this.slots = ZeroedMemory.allocate(arena, size * Long.BYTES);
    this.mask = (int) (size - 1);
  }

  /** What a key is found by. */
  int hash(FlowTuple tuple) {
    return (int) hash.tuple(tuple);
  }

  /** What a key is found by. */
  int hash(int kind, long addresses, int ports) {
    return (int) hash.tuple(kind, addresses, ports);
  }

  int find(int kind, long addresses, int ports) {
    return find(hash(kind, addresses, ports), kind, addresses, ports);
  }

  /** The flow at the home slot of a hash, or {@link #NONE}: mostly the one with that hash. */
  int first(int hash) {
    return (int) slot(hash & mask) - 1;
  }

  /**
   * @param sought the {@link #hash} of the key
   */
  int find(int sought, int kind, long addresses, int ports) {
    for (int at = sought & mask; ; at = at + 1 & mask) {
      long slot = slot(at);
      if (slot == 0) {
        return NONE;
      }
      int flow = (int) slot - 1;
      if ((int) (slot >>> 32) == sought
          && records.keyAddresses(flow, key) == addresses
          && records.keyPorts(flow, key) == ports
          && records.kind(flow) == kind) {
        return flow;
      }
    }
  }

  /** Adds a flow whose key is not there yet. */
  void add(int flow) {
    int home = hashOf(flow);
    int at = home & mask;
    while (slot(at) != 0) {
      at = at + 1 & mask;
    }
    slot(at, (long) home << 32 | flow + 1);
  }

  /** Removes a flow that is there. */
  void remove(int flow) {
    int home = hashOf(flow);
    long sought = (long) home << 32 | flow + 1;
    int hole = home & mask;
    while (slot(hole) != sought) {
      hole = hole + 1 & mask;
    }
    for (int at = hole + 1 & mask; slot(at) != 0; at = at + 1 & mask) {
      int from = (int) (slot(at) >>> 32) & mask;
      // It may move into the hole unless its home lies behind the hole, cyclically.
      if ((at - from & mask) >= (at - hole & mask)) {
        slot(hole, slot(at));
        hole = at;
      }
    }
    slot(hole, 0);
  }

  private int hashOf(int flow) {
    return (int)
        hash.tuple(
            records.kind(flow), records.keyAddresses(flow, key), records.keyPorts(flow, key));
  }

  private long slot(int at) {
    return slots.getAtIndex(ValueLayout.JAVA_LONG, at);
  }

  private void slot(int at, long value) {
    slots.setAtIndex(ValueLayout.JAVA_LONG, at, value);
  }
}
