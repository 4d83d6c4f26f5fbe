package io.headrace.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions that packet sockets need. As in the kernel's own convention, a negative
 * result is the error number.
 *
 * <p>Pointers are passed as {@code long}: on the two platforms that {@link PacketSocket} admits
 * both travel in the same registers, and no segment has to be made per call. An instance holds the
 * error number of its last call, so it belongs to one thread at a time.
 */
final class Libc {
  private static final MethodHandle SOCKET = bind("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND = bind("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETSOCKNAME =
      bind("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SETSOCKOPT =
      bind("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      bind("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MMAP =
      bind("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = bind("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SENDMMSG =
      bind("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle PPOLL =
      bind("ppoll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle CLOSE = bind("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle IF_NAMETOINDEX = bind("if_nametoindex", JAVA_INT, JAVA_LONG);

  private final CallState state = new CallState();
  private final MemorySegment callState = state.memory();

  @SuppressWarnings("restricted") // Linking C functions is what this class is for.
  private static MethodHandle bind(String name, ValueLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        CallState.CAPTURE);
  }

  int socket(int domain, int type, int protocol) {
    try {
      return result((int) SOCKET.invokeExact(callState, domain, type, protocol));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int bind(int fd, long address, int length) {
    try {
      return result((int) BIND.invokeExact(callState, fd, address, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int getsockname(int fd, long address, long length) {
    try {
      return result((int) GETSOCKNAME.invokeExact(callState, fd, address, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int setsockopt(int fd, int level, int option, long value, int length) {
    try {
      return result((int) SETSOCKOPT.invokeExact(callState, fd, level, option, value, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int getsockopt(int fd, int level, int option, long value, long length) {
    try {
      return result((int) GETSOCKOPT.invokeExact(callState, fd, level, option, value, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  long mmap(long length, int protection, int flags, int fd) {
    try {
      long address = (long) MMAP.invokeExact(callState, 0L, length, protection, flags, fd, 0L);
      return address == -1 ? -state.errno() : address;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int munmap(long address, long length) {
    try {
      return result((int) MUNMAP.invokeExact(callState, address, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int sendmmsg(int fd, long messages, int count, int flags) {
    try {
      return result((int) SENDMMSG.invokeExact(callState, fd, messages, count, flags));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int ppoll(long descriptors, long count, long timeout) {
    try {
      return result((int) PPOLL.invokeExact(callState, descriptors, count, timeout, 0L));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  int close(int fd) {
    try {
      return result((int) CLOSE.invokeExact(callState, fd));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * @return the index of an interface
   */
  int interfaceIndex(String name) {
    try (Arena arena = Arena.ofConfined()) {
      int index = (int) IF_NAMETOINDEX.invokeExact(callState, arena.allocateFrom(name).address());
      return index == 0 ? -state.errno() : index;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private int result(int result) {
    return result == -1 ? -state.errno() : result;
  }

  private static AssertionError unexpected(Throwable e) {
    return new AssertionError("a linked C function does not throw", e);
  }
}
