package io.headrace.bpf;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts values into a map, and takes them out. Allocates nothing. For one thread; any number of
 * threads may each have one.
 */
public final class BpfMapWriter {
  // Fields of union bpf_attr.
  private static final int MAP_FD = 0;
  private static final int KEY = 8;
  private static final int VALUE = 16;

  private final BpfCall call = new BpfCall();
  private final UnsafeBuffer key;
  private final UnsafeBuffer value;

  public BpfMapWriter(BpfMap map, int keyLength, int valueLength) {
    key = new UnsafeBuffer(BufferUtil.allocateDirectAligned(keyLength, Long.BYTES));
    value = new UnsafeBuffer(BufferUtil.allocateDirectAligned(valueLength, Long.BYTES));
    call.clear()
        .set(MAP_FD, map.descriptor())
        .set(KEY, key.addressOffset())
        .set(VALUE, value.addressOffset());
  }

  /** The key of the next {@link #put}, {@link #find} or {@link #remove}. */
  public UnsafeBuffer key() {
    return key;
  }

  /** The value that {@link #put} puts, and what {@link #find} has found. */
  public UnsafeBuffer value() {
    return value;
  }

  /** Puts the value under the key; false when the kernel has no room for it. */
  public boolean put() {
    return call.call(BpfCall.MAP_UPDATE_ELEM) == 0;
  }

  /** Looks for the key; false when it is not there. */
  public boolean find() {
    return call.call(BpfCall.MAP_LOOKUP_ELEM) == 0;
  }

  /** Takes the key out; false when it was not there. */
  public boolean remove() {
    // The kernel refuses what has arguments that it does not take.
    call.set(VALUE, 0L);
    boolean removed = call.call(BpfCall.MAP_DELETE_ELEM) == 0;
    call.set(VALUE, value.addressOffset());
    return removed;
  }
}
