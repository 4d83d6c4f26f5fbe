package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory by C's calloc. For a large region it hands out fresh pages of the kernel and
 * touches none, so that a table costs what is used of it; an arena would write zeros over all of
 * it.
 */
final class ZeroedMemory {
  private static final int CACHE_LINE = 64;

  private ZeroedMemory() {}

  /**
   * @param arena frees the memory when it is closed
   * @param bytes how many
   * @return memory that starts on a cache line
   */
  @SuppressWarnings("restricted")
  static MemorySegment allocate(Arena arena, long bytes) {
    Linker linker = Linker.nativeLinker();
    MethodHandle calloc =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("calloc"),
            FunctionDescriptor.of(
                ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    MethodHandle free =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("free"),
            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    long size = bytes + CACHE_LINE;
    MemorySegment memory = (MemorySegment) call(calloc, 1L, size);
    if (memory.address() == 0) {
      throw new IllegalStateException(
          "no memory for the flow table: " + bytes + " bytes; lower connection_tracker_capacity");
    }
    MemorySegment owned = memory.reinterpret(size, arena, address -> call(free, address));
    return owned.asSlice(-memory.address() & (CACHE_LINE - 1), bytes);
  }

  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a call to the C library failed: " + e.getMessage(), e);
    }
  }
}
