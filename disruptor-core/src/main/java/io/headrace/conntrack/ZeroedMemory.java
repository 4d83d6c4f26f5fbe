package io.headrace.conntrack;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory straight from the kernel (mmap(2)), which gives a page when it is first touched, so
 * that a table costs what is used of it; an arena would write zeros over all of it. A large region
 * has huge pages (madvise(2), MADV_HUGEPAGE) where the machine gives them: look-ups that land
 * anywhere in a large table would otherwise spend most of their time on finding the page.
 */
public final class ZeroedMemory {
  private static final long HUGE_PAGE = 2 << 20;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
  private static final int MADV_HUGEPAGE = 14;
  private static final CFunction MMAP = CFunction.named("mmap");
  private static final CFunction MUNMAP = CFunction.named("munmap");
  private static final CFunction MADVISE = CFunction.named("madvise");

  private ZeroedMemory() {}

  /**
   * @param arena frees the memory when it is closed
   * @param bytes how many
   * @return memory that starts on a page
   */
  @SuppressWarnings("restricted")
  public static MemorySegment allocate(Arena arena, long bytes) {
    CallState state = new CallState();
    long size = bytes + HUGE_PAGE;
    long mapped =
        MMAP.callLong(state, 0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0);
    if (mapped < 0) {
      throw new IllegalStateException(
          "no memory for the flow table: " + bytes + " bytes; lower connection_tracker_capacity");
    }
    long start = bytes < HUGE_PAGE ? mapped : mapped + (-mapped & HUGE_PAGE - 1);
    if (bytes >= HUGE_PAGE) {
      // What the kernel does not grant is only slower.
      MADVISE.call(state, start, bytes, MADV_HUGEPAGE);
    }
    return MemorySegment.ofAddress(start)
        .reinterpret(bytes, arena, _ -> MUNMAP.call(new CallState(), mapped, size));
  }
}
