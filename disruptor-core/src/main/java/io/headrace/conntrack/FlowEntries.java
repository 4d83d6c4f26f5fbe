package io.headrace.conntrack;

import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import net.openhft.chronicle.algo.hashing.LongHashFunction;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.core.Memory;
import net.openhft.chronicle.core.OS;
import net.openhft.chronicle.hash.impl.BigSegmentHeader;
import net.openhft.chronicle.hash.impl.CompactOffHeapLinearHashTable;
import net.openhft.chronicle.hash.impl.TierCountersArea;
import net.openhft.chronicle.hash.impl.VanillaChronicleHash;
import net.openhft.chronicle.hash.impl.stage.entry.ChecksumHashing;
import net.openhft.chronicle.map.VanillaChronicleMap;

/**
 * The entries of a flow file as they lie in memory, for a start that is not to wait: to compile
 * Chronicle Map's own iteration takes a second of a processor, longer than all that is to be read.
 *
 * <p>A segment of the map is a tier, or a chain of them once it has overflowed:
 *
 * <pre>
 *   +---------------------+----------+-----------+--------------------------------+
 *   | slots: hash → chunk | counters | free list | chunks: key, value, checksum … |
 *   +---------------------+----------+-----------+--------------------------------+
 * </pre>
 *
 * <p>It takes no lock: nobody may write meanwhile.
 */
final class FlowEntries {
  private static final BigSegmentHeader HEADER = BigSegmentHeader.INSTANCE;
  private static final LongHashFunction HASH = LongHashFunction.xx_r39();
  private static final Memory MEMORY = OS.memory();

  private final VanillaChronicleMap<FlowKey, FlowValue, ?> map;
  private final CompactOffHeapLinearHashTable slots;
  private final FlowMap.Family family;
  private final int valueLength;
  private final long counters;
  private final long chunks;

  FlowEntries(VanillaChronicleMap<FlowKey, FlowValue, ?> map, FlowMap.Family family) {
    this.map = map;
    this.family = family;
    this.valueLength = family.valueLength();
    this.slots = map.hashLookup;
    this.counters = map.tierHashLookupOuterSize;
    this.chunks =
        counters
            + VanillaChronicleHash.TIER_COUNTERS_AREA_SIZE
            + map.tierFreeListOuterSize
            + map.tierEntrySpaceInnerOffset;
  }

  /**
   * Whether no process was killed while it wrote, no look-up can go on for ever or beyond the end,
   * and all entries that were ever put are there, as they were put. A segment that has overflowed
   * counts as wrong. What is wrong is found before a look-up could meet it.
   *
   * @param action sees the address of every entry, until something is wrong
   */
  boolean areRight(LongConsumer action) {
    long[] right = new long[1];
    for (int segment = 0; segment < map.segments(); segment++) {
      long header = map.segmentHeaderAddress(segment);
      if (HEADER.getLockState(header) != HEADER.resetLockState()
          || HEADER.nextTierIndex(header) != 0
          || !visit(
              segment + 1L,
              entry -> {
                if (!isRight(entry)) {
                  return false;
                }
                right[0]++;
                action.accept(entry);
                return true;
              })) {
        return false;
      }
    }
    return right[0] == map.longSize();
  }

  /** Shows every entry, by the address of its key; its value stands behind. */
  void forEach(LongConsumer action) {
    for (int segment = 0; segment < map.segments(); segment++) {
      // Tiers are counted from 1, and 0 is none.
      long tier = segment + 1L;
      long next = HEADER.nextTierIndex(map.segmentHeaderAddress(segment));
      while (tier != 0) {
        visit(
            tier,
            entry -> {
              action.accept(entry);
              return true;
            });
        tier = next;
        next =
            tier == 0
                ? 0
                : TierCountersArea.nextTierIndex(map.tierIndexToBaseAddr(tier) + counters);
      }
    }
  }

  /** Shows every entry. Key and value are valid during the call. */
  void forEach(BiConsumer<FlowKey, FlowValue> action) {
    PointerBytesStore bytes = BytesStore.nativePointer();
    FlowKey key = new FlowKey();
    FlowValue value = family.newValue();
    forEach(
        entry -> {
          bytes.set(entry, FlowKey.LENGTH + valueLength);
          key.bytesStore(bytes, 0, FlowKey.LENGTH);
          value.bytesStore(bytes, FlowKey.LENGTH, valueLength);
          action.accept(key, value);
        });
  }

  /**
   * Visits the entries of a tier, as long as the visitor says.
   *
   * @return whether it has visited them all, and no slot is wrong
   */
  private boolean visit(long tier, LongPredicate visitor) {
    long address = map.tierIndexToBaseAddr(tier);
    long firstChunk = address + chunks;
    boolean hasEmptyOne = false;
    long at = 0;
    do {
      long slot = slots.readEntry(address, at);
      if (slots.empty(slot)) {
        hasEmptyOne = true;
      } else if (slots.value(slot) >= map.actualChunksPerSegmentTier
          || !visitor.test(firstChunk + slots.value(slot) * map.chunkSize)) {
        return false;
      }
      at = slots.step(at);
    } while (at != 0);
    return hasEmptyOne;
  }

  /** Whether an entry has the checksum that Chronicle Map gave it. */
  private boolean isRight(long entry) {
    long value = entry + FlowKey.LENGTH;
    long checksum =
        ChecksumHashing.hash8To16Bytes(
            FlowKey.LENGTH,
            HASH.hashMemory(entry, FlowKey.LENGTH),
            HASH.hashMemory(value, valueLength));
    return MEMORY.readInt(value + valueLength) == (int) (checksum >>> Integer.SIZE ^ checksum);
  }

  /** Whether an entry is a flow, not the file's own. */
  static boolean isFlow(long entry) {
    return MEMORY.readInt(entry + FlowKey.PROTOCOL) != 0;
  }

  /** The bucket of a flow. */
  static int bucket(long entry) {
    int ports = MEMORY.readInt(entry + FlowKey.LENGTH + FlowValue.PORTS);
    return NatPorts.bucketOf(ports >>> Short.SIZE);
  }
}
