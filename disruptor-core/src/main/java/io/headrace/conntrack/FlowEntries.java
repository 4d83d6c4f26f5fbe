package io.headrace.conntrack;

import java.util.function.BiConsumer;
import net.openhft.chronicle.algo.hashing.LongHashFunction;
import net.openhft.chronicle.bytes.BytesStore;
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

  private final VanillaChronicleMap<FlowKey, FlowValue, ?> map;
  private final CompactOffHeapLinearHashTable slots;
  private final FlowMap.Family family;
  private final long counters;
  private final long chunks;

  /** Sees the entries one after the other. */
  @FunctionalInterface
  private interface Visitor {
    /**
     * @param offset of the entry in the bytes
     * @return whether to go on
     */
    boolean visit(BytesStore<?, ?> bytes, long offset);
  }

  FlowEntries(VanillaChronicleMap<FlowKey, FlowValue, ?> map, FlowMap.Family family) {
    this.map = map;
    this.family = family;
    this.slots = map.hashLookup;
    this.counters = map.tierHashLookupOuterSize;
    this.chunks =
        counters
            + VanillaChronicleHash.TIER_COUNTERS_AREA_SIZE
            + map.tierFreeListOuterSize
            + map.tierEntrySpaceInnerOffset;
  }

  /**
   * Whether no process was killed while it wrote, and no look-up can go on for ever or beyond the
   * end. A segment that has overflowed counts as unsound.
   */
  boolean areSound() {
    for (int segment = 0; segment < map.segments(); segment++) {
      long header = map.segmentHeaderAddress(segment);
      if (HEADER.getLockState(header) != HEADER.resetLockState()
          || HEADER.nextTierIndex(header) != 0
          || !isSound(map.segmentBaseAddr(segment))) {
        return false;
      }
    }
    return true;
  }

  private boolean isSound(long tier) {
    boolean hasEmptyOne = false;
    long at = 0;
    do {
      long slot = slots.readEntry(tier, at);
      if (slots.empty(slot)) {
        hasEmptyOne = true;
      } else if (slots.value(slot) >= map.actualChunksPerSegmentTier) {
        return false;
      }
      at = slots.step(at);
    } while (at != 0);
    return hasEmptyOne;
  }

  /** Whether all entries that were ever put are there, as they were put. To be sound first. */
  boolean areRight() {
    long[] right = new long[1];
    return visit(
            (bytes, offset) -> {
              right[0]++;
              return isRight(bytes, offset);
            })
        && right[0] == map.longSize();
  }

  /** Shows every entry. Key and value are valid during the call. */
  void forEach(BiConsumer<FlowKey, FlowValue> action) {
    FlowKey key = new FlowKey();
    FlowValue value = family.newValue();
    visit(
        (bytes, offset) -> {
          key.bytesStore(bytes, offset, FlowKey.LENGTH);
          value.bytesStore(bytes, offset + FlowKey.LENGTH, family.valueLength());
          action.accept(key, value);
          return true;
        });
  }

  private boolean visit(Visitor visitor) {
    for (int segment = 0; segment < map.segments(); segment++) {
      if (!visit(segment + 1L, HEADER.nextTierIndex(map.segmentHeaderAddress(segment)), visitor)) {
        return false;
      }
    }
    return true;
  }

  /** A segment's tiers. They are counted from 1, and 0 is none. */
  private boolean visit(long first, long second, Visitor visitor) {
    long tier = first;
    long next = second;
    while (visit(tier, visitor)) {
      if (next == 0) {
        return true;
      }
      tier = next;
      next = TierCountersArea.nextTierIndex(map.tierIndexToBaseAddr(tier) + counters);
    }
    return false;
  }

  private boolean visit(long tier, Visitor visitor) {
    long address = map.tierIndexToBaseAddr(tier);
    BytesStore<?, ?> bytes = map.tierBytesStore(tier);
    long firstChunk = map.tierBytesOffset(tier) + chunks;
    long at = 0;
    do {
      long slot = slots.readEntry(address, at);
      if (!slots.empty(slot)
          && !visitor.visit(bytes, firstChunk + slots.value(slot) * map.chunkSize)) {
        return false;
      }
      at = slots.step(at);
    } while (at != 0);
    return true;
  }

  /** Whether an entry has the checksum that Chronicle Map gave it. */
  private boolean isRight(BytesStore<?, ?> bytes, long offset) {
    long key = bytes.addressForRead(offset);
    long value = key + FlowKey.LENGTH;
    long checksum =
        ChecksumHashing.hash8To16Bytes(
            FlowKey.LENGTH,
            HASH.hashMemory(key, FlowKey.LENGTH),
            HASH.hashMemory(value, family.valueLength()));
    return bytes.readInt(offset + FlowKey.LENGTH + family.valueLength())
        == (int) (checksum >>> Integer.SIZE ^ checksum);
  }
}
