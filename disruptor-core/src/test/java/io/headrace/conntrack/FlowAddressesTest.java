package io.headrace.conntrack;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FlowAddressesTest {
  private static final int ENTRY = FlowKey.LENGTH + FlowValue.LENGTH;

  @Test
  void flowsAreKeptByBucketInOrderAndTheFilesOwnEntryIsNot() {
    int entries = 40_000;
    try (Arena arena = Arena.ofConfined();
        FlowAddresses addresses = new FlowAddresses()) {
      MemorySegment file = arena.allocate((long) ENTRY * entries, Long.BYTES);
      for (int i = 0; i < entries; i++) {
        // Two of three are in bucket 5.
        int natPort = 20_000 - 20_000 % FlowHash.BUCKETS + (i % 3 == 0 ? 9 : 5);
        file.set(JAVA_INT_UNALIGNED, at(i) + FlowKey.PROTOCOL, i == 1 ? 0 : Conntrack.TCP);
        file.set(
            JAVA_INT_UNALIGNED,
            at(i) + FlowKey.LENGTH + FlowValue.PORTS,
            natPort << Short.SIZE | 8080);
        addresses.add(file.address() + at(i));
      }
      assertEquals(0, addresses.size(0));
      assertArrayEquals(
          LongStream.range(0, entries)
              .filter(i -> i % 3 != 0 && i != 1)
              .map(i -> file.address() + at(i))
              .toArray(),
          addresses.copy(5, arena).toArray(JAVA_LONG));
      assertEquals(entries / 3 + 1, addresses.copy(9, arena).byteSize() / Long.BYTES);
    }
  }

  private static long at(long entry) {
    return entry * ENTRY;
  }
}
