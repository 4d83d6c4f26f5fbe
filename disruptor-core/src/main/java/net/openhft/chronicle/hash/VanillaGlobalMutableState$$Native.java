package net.openhft.chronicle.hash;

import net.openhft.chronicle.bytes.BytesStore;

/**
 * A Chronicle Map's own counters, packed at the start of its file. Chronicle Values looks for a
 * class of this name, and where there is none writes one and runs the Java compiler on it, at every
 * start. Not thread-safe; the map has a lock for it.
 *
 * <pre>
 *    0          3            8            13             17        25
 *   +----------+------------+------------+--------------+---------+
 *   | extra    | first free | extra tiers| segment      | data    |
 *   | bulks    | tier       | in use     | headers at   | size    |
 *   +----------+------------+------------+--------------+---------+
 * </pre>
 */
public final class VanillaGlobalMutableState$$Native implements VanillaGlobalMutableState {
  private static final int EXTRA_BULKS = 0;
  private static final int FIRST_FREE_TIER = 3;
  private static final int EXTRA_TIERS = 8;
  private static final int SEGMENT_HEADERS = 13;
  private static final int DATA_SIZE = 17;
  private static final int LENGTH = 25;

  private BytesStore<?, ?> bytes = BytesStore.empty();
  private long offset;

  @Override
  public int getAllocatedExtraTierBulks() {
    return (int) get(EXTRA_BULKS, FIRST_FREE_TIER);
  }

  @Override
  public void setAllocatedExtraTierBulks(int bulks) {
    set(EXTRA_BULKS, FIRST_FREE_TIER, bulks);
  }

  @Override
  public long getFirstFreeTierIndex() {
    return get(FIRST_FREE_TIER, EXTRA_TIERS);
  }

  @Override
  public void setFirstFreeTierIndex(long index) {
    set(FIRST_FREE_TIER, EXTRA_TIERS, index);
  }

  @Override
  public long getExtraTiersInUse() {
    return get(EXTRA_TIERS, SEGMENT_HEADERS);
  }

  @Override
  public void setExtraTiersInUse(long tiers) {
    set(EXTRA_TIERS, SEGMENT_HEADERS, tiers);
  }

  @Override
  public long getSegmentHeadersOffset() {
    return get(SEGMENT_HEADERS, DATA_SIZE);
  }

  @Override
  public void setSegmentHeadersOffset(long at) {
    set(SEGMENT_HEADERS, DATA_SIZE, at);
  }

  @Override
  public long getDataStoreSize() {
    return bytes.readLong(offset + DATA_SIZE);
  }

  @Override
  public void setDataStoreSize(long size) {
    bytes.writeLong(offset + DATA_SIZE, size);
  }

  @Override
  public long addDataStoreSize(long addition) {
    long size = Math.addExact(getDataStoreSize(), addition);
    setDataStoreSize(size);
    return size;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the interface has it
  public void bytesStore(BytesStore store, long at, long length) {
    if (length != LENGTH || at + length > store.capacity()) {
      throw new IllegalArgumentException(length + " bytes at " + at + " of " + store.capacity());
    }
    bytes = store;
    offset = at;
  }

  @Override
  public BytesStore<?, ?> bytesStore() {
    return bytes;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public long maxSize() {
    return LENGTH;
  }

  /** Every field but the last is followed by so many bytes that eight can be read. */
  private long get(int from, int to) {
    return bytes.readLong(offset + from) & mask(from, to);
  }

  private void set(int from, int to, long value) {
    long mask = mask(from, to);
    if ((value & ~mask) != 0) {
      throw new IllegalArgumentException(value + " does not fit into " + (to - from) + " bytes");
    }
    long others = bytes.readLong(offset + from) & ~mask;
    bytes.writeLong(offset + from, others | value);
  }

  private static long mask(int from, int to) {
    return (1L << Byte.SIZE * (to - from)) - 1;
  }
}
