package io.headrace.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * The system calls that this package needs. Each returns what the call returned, or the negated
 * errno when it failed, as the kernel itself does.
 */
final class Libc {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int ENOBUFS = 105;

  private static final CFunction SOCKET = CFunction.named("socket");
  private static final CFunction BIND = CFunction.named("bind");
  private static final CFunction SETSOCKOPT = CFunction.named("setsockopt");
  private static final CFunction SEND = CFunction.named("send");
  private static final CFunction RECV = CFunction.named("recv");
  private static final CFunction READ = CFunction.named("read");
  private static final CFunction POLL = CFunction.named("poll");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final CFunction EVENTFD = CFunction.named("eventfd");
  private static final CFunction EVENTFD_WRITE = CFunction.named("eventfd_write");
  private static final CFunction OPEN = CFunction.named("open");
  private static final CFunction FLOCK = CFunction.named("flock");
  private static final CFunction STRERROR = CFunction.named("strerror");

  /** One of each thread. */
  private static final ThreadLocal<CallState> STATE = ThreadLocal.withInitial(CallState::new);

  /** As many bytes of a message as the kernel or the C library has ever had. */
  private static final int LONGEST_MESSAGE = 256;

  private Libc() {}

  static int socket(int domain, int type, int protocol) {
    return SOCKET.call(STATE.get(), domain, type, protocol);
  }

  static int bind(int fd, MemorySegment address) {
    try {
      return BIND.call(STATE.get(), fd, address.address(), address.byteSize());
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocateFrom(JAVA_INT, value).address();
      return SETSOCKOPT.call(STATE.get(), fd, level, option, address, Integer.BYTES);
    }
  }

  static int send(int fd, MemorySegment bytes) {
    try {
      return SEND.call(STATE.get(), fd, bytes.address(), bytes.byteSize(), 0);
    } finally {
      Reference.reachabilityFence(bytes);
    }
  }

  static int recv(int fd, MemorySegment bytes, int flags) {
    try {
      return RECV.call(STATE.get(), fd, bytes.address(), bytes.byteSize(), flags);
    } finally {
      Reference.reachabilityFence(bytes);
    }
  }

  static int read(int fd, MemorySegment bytes) {
    try {
      return READ.call(STATE.get(), fd, bytes.address(), bytes.byteSize());
    } finally {
      Reference.reachabilityFence(bytes);
    }
  }

  /**
   * @param pollfds an array of struct pollfd
   */
  static int poll(MemorySegment pollfds, int timeoutMs) {
    try {
      long count = pollfds.byteSize() / Long.BYTES;
      return POLL.call(STATE.get(), pollfds.address(), count, timeoutMs);
    } finally {
      Reference.reachabilityFence(pollfds);
    }
  }

  static int close(int fd) {
    return CLOSE.call(STATE.get(), fd);
  }

  static int eventfd(int flags) {
    return EVENTFD.call(STATE.get(), 0, flags);
  }

  static int eventfdWrite(int fd) {
    return EVENTFD_WRITE.call(STATE.get(), fd, 1);
  }

  static int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      return OPEN.call(STATE.get(), arena.allocateFrom(path).address(), flags, mode);
    }
  }

  static int flock(int fd, int operation) {
    return FLOCK.call(STATE.get(), fd, operation);
  }

  /** What an errno means, in words. */
  @SuppressWarnings("restricted") // The text is the C library's.
  static String describe(int errno) {
    long text = STRERROR.callLong(STATE.get(), errno, 0, 0, 0, 0, 0);
    return MemorySegment.ofAddress(text).reinterpret(LONGEST_MESSAGE).getString(0);
  }
}
