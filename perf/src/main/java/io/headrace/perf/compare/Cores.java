package io.headrace.perf.compare;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.headrace.testbed.TestbedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Which processor a thread runs on (sched_setaffinity(2)). */
final class Cores {
  /** Where a forwarder runs that is to have a core of its own. */
  static final int FORWARDER = 0;

  /** Where that runs which is to leave the forwarder alone. */
  static final int GENERATOR = 1;

  private static final MethodHandle SET =
      Native.link("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);

  private Cores() {}

  /** Keeps the calling thread on one core. */
  static void pin(int core) {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(JAVA_LONG);
      mask.set(JAVA_LONG, 0, 1L << core);
      result = (int) SET.invokeExact(0, mask.byteSize(), mask);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (result != 0) {
      throw new TestbedException("cannot run on core %d of this machine".formatted(core));
    }
  }
}
