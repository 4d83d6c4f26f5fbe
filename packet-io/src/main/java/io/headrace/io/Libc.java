package io.headrace.io;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;

/**
 * The C library's functions that packet sockets need. As in the kernel's own convention, a negative
 * result is the error number. An instance holds the error number of its last call, so it belongs to
 * one thread at a time.
 */
final class Libc {
  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction GETSOCKNAME = CFunction.named("getsockname");
  private static final CFunction SETSOCKOPT = CFunction.named("setsockopt");
  private static final CFunction GETSOCKOPT = CFunction.named("getsockopt");
  private static final CFunction MMAP = CFunction.named("mmap");
  private static final CFunction MUNMAP = CFunction.named("munmap");
  private static final CFunction SENDMMSG = CFunction.named("sendmmsg");
  private static final CFunction PPOLL = CFunction.named("ppoll");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final CFunction IF_NAMETOINDEX = CFunction.named("if_nametoindex");

  private final CallState state = new CallState();

  int socket(int domain, int type, int protocol) {
    return SOCKET.call(state, domain, type, protocol);
  }

  int bind(int fd, long address, int length) {
    return BIND.call(state, fd, address, length);
  }

  int getsockname(int fd, long address, long length) {
    return GETSOCKNAME.call(state, fd, address, length);
  }

  int setsockopt(int fd, int level, int option, long value, int length) {
    return SETSOCKOPT.call(state, fd, level, option, value, length);
  }

  int getsockopt(int fd, int level, int option, long value, long length) {
    return GETSOCKOPT.call(state, fd, level, option, value, length);
  }

  long mmap(long length, int protection, int flags, int fd) {
    return MMAP.callLong(state, 0, length, protection, flags, fd, 0);
  }

  int munmap(long address, long length) {
    return MUNMAP.call(state, address, length);
  }

  int sendmmsg(int fd, long messages, int count, int flags) {
    return SENDMMSG.call(state, fd, messages, count, flags);
  }

  int ppoll(long descriptors, long count, long timeout) {
    return PPOLL.call(state, descriptors, count, timeout, 0);
  }

  int close(int fd) {
    return CLOSE.call(state, fd);
  }

  /**
   * @return the index of an interface
   */
  int interfaceIndex(String name) {
    try (Arena arena = Arena.ofConfined()) {
      int index = IF_NAMETOINDEX.call(state, arena.allocateFrom(name).address());
      return index == 0 ? -state.errno() : index;
    }
  }
}
