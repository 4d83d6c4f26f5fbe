package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;

/**
 * The flows of an earlier process that wait in the file until one worker takes them over, and an
 * index of them by either side, as the file has none by the server's. The entries are read where
 * they lie in the file, without its locks: only the worker that owns a flow changes or removes its
 * entry, and not before it has taken the flow over; and an entry never moves.
 *
 * <p>Filled by one thread; from then on, single reader and writer: the worker. To be closed before
 * the file is.
 */
public final class WaitingFlows implements AutoCloseable {
  static final int NONE = -1;

  /** In a place of the list, beside the entry's address, which has 47 bits at most. */
  private static final long IPV6 = 1L << 62;

  private static final long TAKEN = 0;

  private final FlowFile file;
  private final Arena arena = Arena.ofShared();

  /** The address of each entry, its key first, or {@link #TAKEN}. */
  private final MemorySegment entries;

  private final PointerBytesStore bytes = BytesStore.nativePointer();
  private final FlowKey key = new FlowKey();
  private final FlowValue value = new FlowValue();
  private final Ipv6FlowValue ipv6Value = new Ipv6FlowValue();
  private Index clients;
  private Index replies;
  private int size;
  private int left;
  private int turn;

  /**
   * @param most flows that may be added; memory is taken for those that are
   */
  WaitingFlows(FlowFile file, long most) {
    this.file = file;
    this.entries = ZeroedMemory.allocate(arena, most * Long.BYTES);
  }

  /** Adds a flow whose key and value are those in the file. */
  void add(FlowKey inFile, FlowValue valueInFile) {
    long address = inFile.bytesStore().addressForRead(inFile.offset());
    entries.setAtIndex(
        ValueLayout.JAVA_LONG,
        size++,
        valueInFile instanceof Ipv6FlowValue ? address | IPV6 : address);
  }

  /** When all are added, makes them found. */
  void index(FlowHash hash) {
    clients = new Index(FlowRecords.CLIENT_KEY);
    replies = new Index(FlowRecords.REPLY_KEY);
    for (int flow = 0; flow < size; flow++) {
      FlowValue shown = show(flow);
      clients.add(flow, (int) hash.tuple(kind(flow), key.addresses(), key.ports()));
      replies.add(flow, (int) hash.tuple(kind(flow), shown.addresses(), shown.ports()));
    }
    left = size;
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
   * @param hash of kind, addresses and ports
   */
  int findClient(int hash, int kind, long addresses, int ports) {
    return clients.find(hash, kind, addresses, ports);
  }

  /** As {@link #findClient}, by the server's side. */
  int findServer(int hash, int kind, long addresses, int ports) {
    return replies.find(hash, kind, addresses, ports);
  }

  /** What the file has of a flow that waits. */
  StoredFlow stored(int flow) {
    FlowValue shown = show(flow);
    return StoredFlow.of(key, shown);
  }

  /** Removes a flow that waits from the file; it is to be {@link #taken}. */
  void forget(int flow) {
    show(flow);
    // The entry's own memory is free, and may be another's, before the removal is done.
    FlowKey copy = FlowKey.detached();
    copy.set(key.addresses(), key.ports(), key.protocol());
    (isIpv6(flow) ? file.ipv6() : file.ipv4()).map().remove(copy);
  }

  /** A flow waits no more. */
  void taken(int flow) {
    entries.setAtIndex(ValueLayout.JAVA_LONG, flow, TAKEN);
    left--;
  }

  @Override
  public void close() {
    arena.close();
  }

  private long entry(int flow) {
    return entries.getAtIndex(ValueLayout.JAVA_LONG, flow);
  }

  private boolean isIpv6(int flow) {
    return (entry(flow) & IPV6) != 0;
  }

  /** Of the flow that is shown. */
  private int kind(int flow) {
    return isIpv6(flow) ? key.protocol() | FlowTuple.IPV6 : key.protocol();
  }

  /** Points the key, and the value that this returns, to an entry. */
  private FlowValue show(int flow) {
    FlowValue shown = isIpv6(flow) ? ipv6Value : value;
    bytes.set(entry(flow) & ~IPV6, FlowKey.LENGTH + shown.maxSize());
    key.bytesStore(bytes, 0, FlowKey.LENGTH);
    shown.bytesStore(bytes, FlowKey.LENGTH, shown.maxSize());
    return shown;
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
      long length = Long.highestOneBit(Math.max(2, 4L * size - 1));
      this.side = side;
      this.slots = ZeroedMemory.allocate(arena, length * Long.BYTES);
      this.mask = (int) (length - 1);
    }

    void add(int flow, int hash) {
      int at = hash & mask;
      while (slot(at) != 0) {
        at = at + 1 & mask;
      }
      slots.setAtIndex(ValueLayout.JAVA_LONG, at, (long) hash << 32 | flow + 1);
    }

    int find(int hash, int kind, long addresses, int ports) {
      for (int at = hash & mask; ; at = at + 1 & mask) {
        long slot = slot(at);
        if (slot == 0) {
          return NONE;
        }
        int flow = (int) slot - 1;
        if ((int) (slot >>> 32) == hash
            && entry(flow) != TAKEN
            && has(flow, kind, addresses, ports)) {
          return flow;
        }
      }
    }

    private boolean has(int flow, int kind, long addresses, int ports) {
      FlowValue shown = show(flow);
      boolean same =
          side == FlowRecords.CLIENT_KEY
              ? key.addresses() == addresses && key.ports() == ports
              : shown.addresses() == addresses && shown.ports() == ports;
      return same && kind(flow) == kind;
    }

    private long slot(int at) {
      return slots.getAtIndex(ValueLayout.JAVA_LONG, at);
    }
  }
}
