package io.headrace.libc;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Where a C function leaves its error number, before the JVM makes calls of its own. Belongs to one
 * thread at a time.
 */
public final class CallState {
  /** For a linked function that takes {@link #memory} as its first argument. */
  public static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
  private static final long ERRNO = LAYOUT.byteOffset(PathElement.groupElement("errno"));

  private final MemorySegment memory = Arena.ofAuto().allocate(LAYOUT);

  public MemorySegment memory() {
    return memory;
  }

  /** The error number of the last call, if that has failed. */
  public int errno() {
    return memory.get(JAVA_INT, ERRNO);
  }
}
