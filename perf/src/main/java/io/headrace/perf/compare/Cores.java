package io.headrace.perf.compare;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import io.headrace.testbed.TestbedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Which processor a thread runs on (sched_setaffinity(2)). */
final class Cores {
  /** Where a forwarder runs that is to have a core of its own. */
  static final int FORWARDER = 0;

  /** Where that runs which is to leave the forwarder alone. */
  static final int GENERATOR = 1;

  private static final CFunction SET = CFunction.named("sched_setaffinity");

  private Cores() {}

  /** Keeps the calling thread on one core. */
  static void pin(int core) {
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(JAVA_LONG);
      mask.set(JAVA_LONG, 0, 1L << core);
      result = SET.call(new CallState(), 0, mask.byteSize(), mask.address());
    }
    if (result != 0) {
      throw new TestbedException("cannot run on core %d of this machine".formatted(core));
    }
  }
}
