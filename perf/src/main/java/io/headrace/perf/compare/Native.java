package io.headrace.perf.compare;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. */
final class Native {
  private Native() {}

  @SuppressWarnings("restricted") // Java has no calls of its own for these.
  static MethodHandle link(String function, MemoryLayout result, MemoryLayout... taken) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(result, taken));
  }
}
