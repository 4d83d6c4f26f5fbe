package io.headrace.conntrack;

import net.openhft.chronicle.bytes.Byteable;
import net.openhft.chronicle.bytes.BytesStore;

/**
 * A flyweight over bytes of the flow file, or over bytes of its own. Chronicle Map copies between
 * the two as they are. Written out by hand: what Chronicle Values makes of an interface runs the
 * Java compiler at every start.
 */
abstract class FlowBytes implements Byteable {
  private BytesStore<?, ?> bytes = BytesStore.empty();
  private long offset;

  /** Gives it bytes of its own, all zero, instead of the file's. */
  final void detach() {
    bytes = BytesStore.nativeStoreWithFixedCapacity(maxSize());
    offset = 0;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the interface has it
  public final void bytesStore(BytesStore store, long at, long size) {
    if (size != maxSize() || at < 0 || at + size > store.capacity()) {
      throw new IllegalArgumentException(
          "%d bytes at %d of %d, not %d".formatted(size, at, store.capacity(), maxSize()));
    }
    bytes = store;
    offset = at;
  }

  @Override
  public final BytesStore<?, ?> bytesStore() {
    return bytes;
  }

  @Override
  public final long offset() {
    return offset;
  }

  /** A constant: Chronicle Map asks an object whose constructor has not run. */
  @Override
  public abstract long maxSize();

  final long int64(int field) {
    return bytes.readLong(offset + field);
  }

  final void int64(int field, long value) {
    bytes.writeLong(offset + field, value);
  }

  final int int32(int field) {
    return bytes.readInt(offset + field);
  }

  final void int32(int field, int value) {
    bytes.writeInt(offset + field, value);
  }
}
