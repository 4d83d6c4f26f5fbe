package io.headrace.libc;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of the C library that takes at most six integers or pointers and returns one. As in
 * the kernel's own convention, a call that failed gives the negated error number.
 *
 * <p>All are called in one shape, with six {@code long}: for each shape the JVM spins some twenty
 * classes at its first call, and a start is not to wait for those of thirty shapes. On the
 * platforms that Headrace runs on (x86-64, AArch64) an {@code int} and a pointer travel in the same
 * register as a {@code long}, whose upper half nobody reads, and an argument too many is never
 * looked at.
 *
 * <p>Thread-safe, as far as the function is. Memory whose address is passed must be native, and
 * must be held until the call returns.
 */
public final class CFunction {
  private static final Linker LINKER = Linker.nativeLinker();

  @SuppressWarnings("restricted") // Calling C functions is what this class is for.
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          CallState.CAPTURE);

  private final MemorySegment address;

  private CFunction(MemorySegment address) {
    this.address = address;
  }

  /**
   * @throws java.util.NoSuchElementException when the C library has no such function
   */
  public static CFunction named(String name) {
    return new CFunction(LINKER.defaultLookup().findOrThrow(name));
  }

  /** Calls a function that returns an {@code int}. */
  public int call(CallState state, long a) {
    return call(state, a, 0, 0, 0, 0, 0);
  }

  /** Calls a function that returns an {@code int}. */
  public int call(CallState state, long a, long b) {
    return call(state, a, b, 0, 0, 0, 0);
  }

  /** Calls a function that returns an {@code int}. */
  public int call(CallState state, long a, long b, long c) {
    return call(state, a, b, c, 0, 0, 0);
  }

  /** Calls a function that returns an {@code int}. */
  public int call(CallState state, long a, long b, long c, long d) {
    return call(state, a, b, c, d, 0, 0);
  }

  /** Calls a function that returns an {@code int}. */
  public int call(CallState state, long a, long b, long c, long d, long e) {
    return call(state, a, b, c, d, e, 0);
  }

  private int call(CallState state, long a, long b, long c, long d, long e, long f) {
    int result = (int) invoke(state, a, b, c, d, e, f);
    return result == -1 ? -state.errno() : result;
  }

  /** Calls a function that returns a {@code long}, or a pointer that is -1 when it failed. */
  public long callLong(CallState state, long a, long b, long c, long d, long e, long f) {
    long result = invoke(state, a, b, c, d, e, f);
    return result == -1 ? -state.errno() : result;
  }

  private long invoke(CallState state, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) CALL.invokeExact(address, state.memory(), a, b, c, d, e, f);
    } catch (Throwable t) {
      throw new AssertionError("a function of the C library does not throw", t);
    }
  }
}
