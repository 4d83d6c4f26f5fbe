package io.headrace.io;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Where a C function leaves its error number, before the JVM makes calls of its own. Belongs to one
 * thread at a time.
 */
final class CallState {
  /** For a function that takes {@link #memory} as its first argument. */
  static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private final MemorySegment memory = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  MemorySegment memory() {
    return memory;
  }

  /** The error number of the last call, if that has failed. */
  int errno() {
    return (int) ERRNO.get(memory, 0L);
  }
}
