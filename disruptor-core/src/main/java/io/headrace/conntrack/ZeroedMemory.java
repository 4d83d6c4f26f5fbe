package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory straight from the kernel (mmap(2)), which gives a page when it is first touched, so
 * that a table costs what is used of it; an arena would write zeros over all of it. A large region
 * has huge pages (madvise(2), MADV_HUGEPAGE) where the machine gives them: look-ups that land
 * anywhere in a large table would otherwise spend most of their time on finding the page.
 */
final class ZeroedMemory {
  private static final long HUGE_PAGE = 2 << 20;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
  private static final int MADV_HUGEPAGE = 14;
  private static final long MAP_FAILED = -1;

  private ZeroedMemory() {}

  /**
   * @param arena frees the memory when it is closed
   * @param bytes how many
   * @return memory that starts on a page
   */
  @SuppressWarnings("restricted")
  static MemorySegment allocate(Arena arena, long bytes) {
    MethodHandle mmap =
        function(
            "mmap",
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);
    MethodHandle munmap = function("munmap", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    MethodHandle madvise =
        function("madvise", ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    long size = bytes + HUGE_PAGE;
    long mapped = call(mmap, 0L, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
    if (mapped == MAP_FAILED) {
      throw new IllegalStateException(
          "no memory for the flow table: " + bytes + " bytes; lower connection_tracker_capacity");
    }
    long start = bytes < HUGE_PAGE ? mapped : mapped + (-mapped & HUGE_PAGE - 1);
    if (bytes >= HUGE_PAGE) {
      // What the kernel does not grant is only slower.
      call(madvise, start, bytes, MADV_HUGEPAGE);
    }
    return MemorySegment.ofAddress(start)
        .reinterpret(bytes, arena, _ -> call(munmap, mapped, size));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, ValueLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_LONG, parameters));
  }

  private static long call(MethodHandle function, Object... arguments) {
    try {
      return (long) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("a call to the C library failed: " + e.getMessage(), e);
    }
  }
}
