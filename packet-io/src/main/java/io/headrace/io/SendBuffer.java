package io.headrace.io;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The send buffer of a socket, and what a sink does when it is full. A stage of the pipeline must
 * not wait for a slow interface: others may be fast.
 */
final class SendBuffer {
  /** What a full queue or a full send buffer may cost one flush before frames are given up. */
  static final int RETRIES_PER_FLUSH = 16;

  private static final int LENGTH = 8 << 20;

  private SendBuffer() {}

  /**
   * Makes room for a burst: the default holds three super-frames.
   *
   * @return negative on failure
   */
  static int enlarge(Libc libc, int fd) {
    UnsafeBuffer value =
        new UnsafeBuffer(BufferUtil.allocateDirectAligned(Integer.BYTES, Integer.BYTES));
    value.putInt(0, LENGTH);
    // FORCE goes past net.core.wmem_max, given CAP_NET_ADMIN.
    int result = set(libc, fd, PacketSocket.SO_SNDBUFFORCE, value);
    return result < 0 ? set(libc, fd, PacketSocket.SO_SNDBUF, value) : result;
  }

  private static int set(Libc libc, int fd, int option, UnsafeBuffer value) {
    return libc.setsockopt(
        fd, PacketSocket.SOL_SOCKET, option, value.addressOffset(), Integer.BYTES);
  }

  /** Whether a refused frame may be taken a moment later. */
  static boolean isFull(int errno) {
    return errno == Errno.EAGAIN || errno == Errno.ENOBUFS;
  }
}
