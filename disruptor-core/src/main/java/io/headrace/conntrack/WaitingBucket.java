package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;

/**
 * The flows of one bucket of an earlier process that wait in a {@link FlowMap}, and an index of
 * them by either side, as the file has none by the server's; it is made when the first is sought.
 * The entries are read where they lie, without the map's locks: only the worker that owns a flow
 * changes or removes its entry, and not before it has taken the flow over; and an entry never
 * moves.
 *
 * <p>Single reader and writer: the worker that owns the bucket.
 */
final class WaitingBucket {
  static final int NONE = -1;

  private static final long TAKEN = 0;

  private final FlowMap map;
  private final FlowHash hash;
  private final Arena arena;

  /** The address of each entry, its key first, or {@link #TAKEN}. */
  private final MemorySegment entries;

  private final PointerBytesStore bytes = BytesStore.nativePointer();
  private final FlowKey key = new FlowKey();
  private final FlowValue value;
  private final int size;
  private Index clients;
  private Index replies;
  private int left;
  private int turn;

  /**
   * @param arena of its memory
   * @param map that has the flows
   * @param hash of the table
   * @param entries where they are, which is changed
   */
  WaitingBucket(Arena arena, FlowMap map, FlowHash hash, MemorySegment entries) {
    this.arena = arena;
    this.map = map;
    this.hash = hash;
    this.value = map.family().newValue();
    this.entries = entries;
    this.size = (int) (entries.byteSize() / Long.BYTES);
    this.left = size;
  }

  /** How many wait. */
  int left() {
    return left;
  }

  /** One whose turn it is, or {@link #NONE} when no more wait. */
  int next() {
    while (turn < size) {
      int flow = turn++;
      if (entry(flow) != TAKEN) {
        return flow;
      }
    }
    return NONE;
  }

  /**
   * The one with this client's side, or {@link #NONE}.
   *
   * @param tupleHash of kind, addresses and ports
   */
  int findClient(int tupleHash, int kind, long addresses, int ports) {
    return left == 0 ? NONE : indexed().clients.find(tupleHash, kind, addresses, ports);
  }

  /** As {@link #findClient}, by the server's side. */
  int findServer(int tupleHash, int kind, long addresses, int ports) {
    return left == 0 ? NONE : indexed().replies.find(tupleHash, kind, addresses, ports);
  }

  /** What the file has of a flow that waits. */
  StoredFlow stored(int flow) {
    show(flow);
    return StoredFlow.of(key, value);
  }

  /** Removes a flow that waits from the file; it is to be {@link #taken}. */
  void forget(int flow) {
    show(flow);
    map.map().remove(key);
  }

  /** A flow waits no more. */
  void taken(int flow) {
    entries.setAtIndex(ValueLayout.JAVA_LONG, flow, TAKEN);
    left--;
  }

  private long entry(int flow) {
    return entries.getAtIndex(ValueLayout.JAVA_LONG, flow);
  }

  private WaitingBucket indexed() {
    if (clients == null) {
      clients = new Index(FlowRecords.CLIENT_KEY);
      replies = new Index(FlowRecords.REPLY_KEY);
      for (int flow = turn; flow < size; flow++) {
        index(flow);
      }
    }
    return this;
  }

  /** A method of its own, which is compiled after some flows; a frame waits for all of them. */
  private void index(int flow) {
    if (entry(flow) != TAKEN) {
      show(flow);
      clients.add(flow, (int) hash.tuple(kind(), key.addresses(), key.ports()));
      replies.add(flow, (int) hash.tuple(kind(), value.addresses(), value.ports()));
    }
  }

  /** Of the flow that is shown. */
  private int kind() {
    return map.family().kind(key.protocol());
  }

  /** Points key and value to an entry. */
  private void show(int flow) {
    bytes.set(entry(flow), FlowKey.LENGTH + value.maxSize());
    key.bytesStore(bytes, 0, FlowKey.LENGTH);
    value.bytesStore(bytes, FlowKey.LENGTH, value.maxSize());
  }

  /**
   * Open addressing with linear probing; half of the slots are empty, and none becomes so.
   *
   * <pre>
   *    63            32 31             0
   *   +----------------+----------------+
   *   |  hash          |  flow + 1      |    0: empty
   *   +----------------+----------------+
   * </pre>
   */
  private final class Index {
    private final int side;
    private final MemorySegment slots;
    private final int mask;

    Index(int side) {
      long length = Long.highestOneBit(4L * left - 1);
      this.side = side;
      this.slots = ZeroedMemory.allocate(arena, length * Long.BYTES);
      this.mask = (int) (length - 1);
    }

    void add(int flow, int tupleHash) {
      int at = tupleHash & mask;
      while (slot(at) != 0) {
        at = at + 1 & mask;
      }
      slots.setAtIndex(ValueLayout.JAVA_LONG, at, (long) tupleHash << 32 | flow + 1);
    }

    int find(int tupleHash, int kind, long addresses, int ports) {
      for (int at = tupleHash & mask; ; at = at + 1 & mask) {
        long slot = slot(at);
        if (slot == 0) {
          return NONE;
        }
        int flow = (int) slot - 1;
        if ((int) (slot >>> 32) == tupleHash
            && entry(flow) != TAKEN
            && has(flow, kind, addresses, ports)) {
          return flow;
        }
      }
    }

    private boolean has(int flow, int kind, long addresses, int ports) {
      show(flow);
      boolean same =
          side == FlowRecords.CLIENT_KEY
              ? key.addresses() == addresses && key.ports() == ports
              : value.addresses() == addresses && value.ports() == ports;
      return same && kind() == kind;
    }

    private long slot(int at) {
      return slots.getAtIndex(ValueLayout.JAVA_LONG, at);
    }
  }
}
