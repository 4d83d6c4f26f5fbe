package io.headrace.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls that this package needs. Each returns what the call returned, or the negated
 * errno when it failed, as the kernel itself does.
 */
@SuppressWarnings("restricted") // the flag --enable-native-access grants what is restricted
final class Libc {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int ENOBUFS = 105;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle SOCKET = intCall("socket", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND = intCall("bind", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      intCall("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SEND = longCall("send", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECV = longCall("recv", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle READ = longCall("read", JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle POLL = intCall("poll", ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle CLOSE = intCall("close", JAVA_INT);
  private static final MethodHandle EVENTFD = intCall("eventfd", JAVA_INT, JAVA_INT);
  private static final MethodHandle EVENTFD_WRITE = intCall("eventfd_write", JAVA_INT, JAVA_LONG);
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FLOCK = intCall("flock", JAVA_INT, JAVA_INT);
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libc() {}

  static int socket(int domain, int type, int protocol) {
    return result(state -> (int) SOCKET.invokeExact(state, domain, type, protocol));
  }

  static int bind(int fd, MemorySegment address) {
    int length = (int) address.byteSize();
    return result(state -> (int) BIND.invokeExact(state, fd, address, length));
  }

  static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(JAVA_INT, value);
      return result(
          state -> (int) SETSOCKOPT.invokeExact(state, fd, level, option, segment, Integer.BYTES));
    }
  }

  static int send(int fd, MemorySegment bytes) {
    long length = bytes.byteSize();
    return result(state -> (int) (long) SEND.invokeExact(state, fd, bytes, length, 0));
  }

  static int recv(int fd, MemorySegment bytes, int flags) {
    long length = bytes.byteSize();
    return result(state -> (int) (long) RECV.invokeExact(state, fd, bytes, length, flags));
  }

  static int read(int fd, MemorySegment bytes) {
    long length = bytes.byteSize();
    return result(state -> (int) (long) READ.invokeExact(state, fd, bytes, length));
  }

  /**
   * @param pollfds an array of struct pollfd
   */
  static int poll(MemorySegment pollfds, int timeoutMs) {
    long count = pollfds.byteSize() / Long.BYTES;
    return result(state -> (int) POLL.invokeExact(state, pollfds, count, timeoutMs));
  }

  static int close(int fd) {
    return result(state -> (int) CLOSE.invokeExact(state, fd));
  }

  static int eventfd(int flags) {
    return result(state -> (int) EVENTFD.invokeExact(state, 0, flags));
  }

  static int eventfdWrite(int fd) {
    return result(state -> (int) EVENTFD_WRITE.invokeExact(state, fd, 1L));
  }

  static int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      return result(state -> (int) OPEN.invokeExact(state, name, flags, mode));
    }
  }

  static int flock(int fd, int operation) {
    return result(state -> (int) FLOCK.invokeExact(state, fd, operation));
  }

  /** What an errno means, in words. */
  static String describe(int errno) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
      return text.reinterpret(256).getString(0);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private interface Call {
    int invoke(MemorySegment state) throws Throwable;
  }

  private static int result(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result = call.invoke(state);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle intCall(String name, MemoryLayout... arguments) {
    return call(JAVA_INT, name, arguments);
  }

  private static MethodHandle longCall(String name, MemoryLayout... arguments) {
    return call(JAVA_LONG, name, arguments);
  }

  private static MethodHandle call(ValueLayout result, String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }
}
