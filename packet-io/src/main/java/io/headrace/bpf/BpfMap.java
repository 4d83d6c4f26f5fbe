package io.headrace.bpf;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import org.agrona.concurrent.UnsafeBuffer;

/** What programs and this process share. Any thread; but its memory is gone once it is closed. */
public final class BpfMap implements AutoCloseable {
  private static final int HASH = 1;
  private static final int ARRAY = 2;
  private static final int PERCPU_ARRAY = 6;
  private static final int F_NO_PREALLOC = 1;
  private static final int F_MMAPABLE = 1 << 10;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 1;
  private static final CFunction MMAP = CFunction.named("mmap");
  private static final CFunction MUNMAP = CFunction.named("munmap");

  // Fields of union bpf_attr.
  private static final int MAP_TYPE = 0;
  private static final int KEY_SIZE = 4;
  private static final int VALUE_SIZE = 8;
  private static final int MAX_ENTRIES = 12;
  private static final int MAP_FLAGS = 16;
  private static final int MAP_NAME = 28;

  private final int descriptor;
  private final UnsafeBuffer memory = new UnsafeBuffer(0, 0);

  private BpfMap(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Values under keys; takes memory as it fills. */
  public static BpfMap hash(String name, int keyLength, int valueLength, int entries) {
    return create(name, HASH, keyLength, valueLength, entries, F_NO_PREALLOC);
  }

  /** One small value for each processor, under key 0. */
  public static BpfMap perProcessor(String name, int valueLength) {
    return create(name, PERCPU_ARRAY, Integer.BYTES, valueLength, 1, 0);
  }

  /**
   * Values under the numbers from 0, whose memory is this process's too.
   *
   * @param valueLength a multiple of 8
   */
  public static BpfMap array(String name, int valueLength, int entries) {
    BpfMap map = create(name, ARRAY, Integer.BYTES, valueLength, entries, F_MMAPABLE);
    try {
      map.map(valueLength * entries, name);
    } catch (BpfException e) {
      map.close();
      throw e;
    }
    return map;
  }

  private static BpfMap create(
      String name, int type, int keyLength, int valueLength, int entries, int flags) {
    BpfCall call =
        new BpfCall()
            .clear()
            .set(MAP_TYPE, type)
            .set(KEY_SIZE, keyLength)
            .set(VALUE_SIZE, valueLength)
            .set(MAX_ENTRIES, entries)
            .set(MAP_FLAGS, flags)
            .name(MAP_NAME, name);
    return new BpfMap(call.require(BpfCall.MAP_CREATE, "a BPF map (" + name + ")"));
  }

  private void map(int length, String name) {
    long address =
        MMAP.callLong(new CallState(), 0, length, PROT_READ_WRITE, MAP_SHARED, descriptor, 0);
    if (address < 0 && address > -4096) {
      throw BpfCall.failure("mapping a BPF map (" + name + ")", (int) -address);
    }
    memory.wrap(address, length);
  }

  int descriptor() {
    return descriptor;
  }

  /** The values of an array, one behind the other. */
  public UnsafeBuffer memory() {
    return memory;
  }

  @Override
  public void close() {
    if (memory.capacity() > 0) {
      long address = memory.addressOffset();
      int length = memory.capacity();
      memory.wrap(0, 0);
      MUNMAP.call(new CallState(), address, length);
    }
    BpfCall.close(descriptor);
  }
}
