package io.headrace.io;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Waits until one of several frame sources has frames (ppoll(2)), for a thread that has run out of
 * work. Allocates nothing after it is made; used by one thread.
 *
 * <p>A source that has no descriptor (-1) wakes nobody: wait no longer than its frames may.
 */
public final class Poller {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  // struct pollfd and events of poll.h.
  private static final int POLLFD_LENGTH = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;
  private static final short POLLIN = 0x1;
  private static final short POLLERR = 0x8;

  private final Libc libc;
  private final int count;
  private final UnsafeBuffer descriptors;
  private final UnsafeBuffer timeout =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(2 * Long.BYTES, Long.BYTES));
  private final UnsafeBuffer error =
      new UnsafeBuffer(BufferUtil.allocateDirectAligned(2 * Integer.BYTES, Integer.BYTES));

  /**
   * @param descriptors of the sources ({@link FrameSource#descriptor})
   * @throws FrameIoException when this is not Linux on x86-64 or aarch64
   */
  public Poller(int... descriptors) {
    PacketSocket.requirePlatform();
    libc = new Libc();
    count = descriptors.length;
    this.descriptors =
        new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * POLLFD_LENGTH, Long.BYTES));
    for (int i = 0; i < count; i++) {
      this.descriptors.putInt(i * POLLFD_LENGTH, descriptors[i]);
      this.descriptors.putShort(i * POLLFD_LENGTH + EVENTS, POLLIN);
    }
  }

  /**
   * Waits until a source may have frames, a signal comes, or the time is over.
   *
   * @param timeoutNanos 0 or less looks and does not wait
   * @return whether it is worth looking for frames
   */
  public boolean await(long timeoutNanos) {
    long nanos = Math.max(0, timeoutNanos);
    timeout.putLong(0, nanos / NANOS_PER_SECOND);
    timeout.putLong(Long.BYTES, nanos % NANOS_PER_SECOND);
    int ready = libc.ppoll(descriptors.addressOffset(), count, timeout.addressOffset());
    if (ready <= 0) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if ((descriptors.getShort(i * POLLFD_LENGTH + REVENTS) & POLLERR) != 0) {
        clearError(descriptors.getInt(i * POLLFD_LENGTH));
      }
    }
    return true;
  }

  /** An interface that went down (ENETDOWN) would end every later wait at once. */
  private void clearError(int descriptor) {
    error.putInt(Integer.BYTES, Integer.BYTES);
    libc.getsockopt(
        descriptor,
        PacketSocket.SOL_SOCKET,
        PacketSocket.SO_ERROR,
        error.addressOffset(),
        error.addressOffset() + Integer.BYTES);
  }
}
