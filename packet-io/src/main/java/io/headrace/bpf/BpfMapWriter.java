package io.headrace.bpf;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts values into a hash map, and takes them out, several in one call (Linux 5.6). Allocates
 * nothing. For one thread; any number of threads may each have one.
 */
public final class BpfMapWriter {
  // Fields of union bpf_attr.
  private static final int KEYS = 16;
  private static final int VALUES = 24;
  private static final int COUNT = 32;
  private static final int MAP_FD = 36;

  private final BpfCall call = new BpfCall();
  private final int keyLength;
  private final UnsafeBuffer keys;
  private final UnsafeBuffer values;

  /**
   * @param most values in one call
   */
  public BpfMapWriter(BpfMap map, int keyLength, int valueLength, int most) {
    this.keyLength = keyLength;
    keys = new UnsafeBuffer(BufferUtil.allocateDirectAligned(most * keyLength, Long.BYTES));
    values = new UnsafeBuffer(BufferUtil.allocateDirectAligned(most * valueLength, Long.BYTES));
    call.clear().set(MAP_FD, map.descriptor()).set(VALUES, values.addressOffset());
  }

  /** The keys of the next {@link #put} or {@link #remove}, one behind the other. */
  public UnsafeBuffer keys() {
    return keys;
  }

  /** The values that {@link #put} puts, likewise. */
  public UnsafeBuffer values() {
    return values;
  }

  /** Puts values under keys; returns how many: the kernel has no room for those that follow. */
  public int put(int count) {
    return call(BpfCall.MAP_UPDATE_BATCH, 0, count);
  }

  /** Takes keys out; returns how many were there. */
  public int remove(int count) {
    int removed = 0;
    for (int next = 0; next < count; next++) {
      // One that is not there ends a call.
      int done = call(BpfCall.MAP_DELETE_BATCH, next, count - next);
      removed += done;
      next += done;
    }
    return removed;
  }

  /** Returns how many of them are done. */
  private int call(int command, int first, int count) {
    call.set(KEYS, keys.addressOffset() + (long) first * keyLength).set(COUNT, count);
    if (call.call(command) == 0) {
      return count;
    }
    // Before Linux 6.8, a call that has not come as far as the first leaves the number as it was.
    int done = call.get(COUNT);
    return done == count ? 0 : done;
  }
}
