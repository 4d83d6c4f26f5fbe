package io.headrace.conntrack;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Where the flows of each bucket lie in a {@link FlowMap}: the addresses of their entries. */
final class FlowAddresses implements AutoCloseable {
  /** Addresses in a part of a list. */
  private static final int PART = 1 << 13;

  private final Arena arena = Arena.ofShared();
  private final List<List<MemorySegment>> parts =
      Stream.<List<MemorySegment>>generate(ArrayList::new).limit(FlowHash.BUCKETS).toList();
  private final int[] sizes = new int[FlowHash.BUCKETS];

  /** Adds an entry, if it is that of a flow. */
  void add(long entry) {
    if (FlowEntries.isFlow(entry)) {
      int bucket = FlowEntries.bucket(entry);
      int at = sizes[bucket]++ % PART;
      if (at == 0) {
        parts.get(bucket).add(arena.allocate(JAVA_LONG, PART));
      }
      parts.get(bucket).getLast().setAtIndex(JAVA_LONG, at, entry);
    }
  }

  /** How many flows of a bucket there are. */
  int size(int bucket) {
    return sizes[bucket];
  }

  /** The addresses of a bucket's, one after the other. */
  MemorySegment copy(int bucket, Arena into) {
    long length = (long) sizes[bucket] * Long.BYTES;
    MemorySegment addresses = ZeroedMemory.allocate(into, length);
    long at = 0;
    for (MemorySegment part : parts.get(bucket)) {
      long copied = Math.min(part.byteSize(), length - at);
      MemorySegment.copy(part, 0, addresses, at, copied);
      at += copied;
    }
    return addresses;
  }

  @Override
  public void close() {
    arena.close();
  }
}
