package io.headrace.io;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Frames that go out on one Ethernet interface, through a packet socket. A batch goes to the kernel
 * in one call (sendmmsg(2)), straight from the memory of the frames, with a virtio-net header each,
 * so that super-frames and partial checksums go out as they are described.
 *
 * <p>The interface may go down and come back: what is sent in between has failed. Frames pass the
 * interface's queueing discipline (tc), as every other frame of this machine does, so that a full
 * queue is reported; PACKET_QDISC_BYPASS would drop without a word.
 *
 * <p>Threading: as {@link FrameSink} says; the counters may be read by any thread.
 */
public final class PacketSink implements FrameSink {
  private static final int BATCH = 128;
  private static final int MSG_DONTWAIT = 0x40;

  // struct mmsghdr and struct iovec, 64 bits: sys/socket.h, sys/uio.h.
  private static final int MMSGHDR_LENGTH = 64;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int IOVEC_LENGTH = 16;
  private static final int IOV_BASE = 0;
  private static final int IOV_LEN = 8;
  private static final int IOVECS_PER_FRAME = 2;

  private static final int HEADER_STRIDE = 16;

  private final PacketSocket socket;
  private final UnsafeBuffer messages = zeroed(BATCH * MMSGHDR_LENGTH);
  private final UnsafeBuffer iovecs = zeroed(BATCH * IOVECS_PER_FRAME * IOVEC_LENGTH);
  private final UnsafeBuffer headers = zeroed(BATCH * HEADER_STRIDE);
  private final AtomicLongArray failures = new AtomicLongArray(Errno.LIMIT);
  private int queued;
  private volatile long sent;

  /**
   * Opens the interface for sending.
   *
   * @param interfaceName in the network namespace of the calling thread
   * @throws FrameIoException when there is no such interface, the capability CAP_NET_RAW is
   *     missing, or this is not Linux
   */
  public PacketSink(String interfaceName) {
    socket = new PacketSocket(interfaceName);
    try {
      socket.require("enlarging the send buffer", SendBuffer.enlarge(socket.libc(), socket.fd()));
      socket.bind(0);
    } catch (FrameIoException e) {
      socket.close();
      throw e;
    }
    for (int i = 0; i < BATCH; i++) {
      int iovec = i * IOVECS_PER_FRAME * IOVEC_LENGTH;
      iovecs.putLong(iovec + IOV_BASE, headers.addressOffset() + i * HEADER_STRIDE);
      iovecs.putLong(iovec + IOV_LEN, VirtioNetHeader.LENGTH);
      messages.putLong(i * MMSGHDR_LENGTH + MSG_IOV, iovecs.addressOffset() + iovec);
      messages.putLong(i * MMSGHDR_LENGTH + MSG_IOVLEN, IOVECS_PER_FRAME);
    }
  }

  private static UnsafeBuffer zeroed(int length) {
    return new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, Long.BYTES));
  }

  @Override
  public void send(Frame frame) {
    int iovec = (queued * IOVECS_PER_FRAME + 1) * IOVEC_LENGTH;
    iovecs.putLong(iovec + IOV_BASE, frame.buffer().addressOffset());
    iovecs.putLong(iovec + IOV_LEN, frame.length());
    VirtioNetHeader.write(headers, queued * HEADER_STRIDE, frame);
    if (++queued == BATCH) {
      flush();
    }
  }

  @Override
  public void flush() {
    int done = 0;
    int injected = 0;
    int retries = SendBuffer.RETRIES_PER_FLUSH;
    while (done < queued) {
      long from = messages.addressOffset() + (long) done * MMSGHDR_LENGTH;
      int result = socket.libc().sendmmsg(socket.fd(), from, queued - done, MSG_DONTWAIT);
      if (result > 0) {
        done += result;
        injected += result;
      } else if (SendBuffer.isFull(-result) && retries > 0) {
        retries--;
        Thread.yield();
      } else {
        // The kernel stopped at this frame; those behind it are as good as any.
        failures.lazySet(-result, failures.getPlain(-result) + 1);
        done++;
      }
    }
    queued = 0;
    sent += injected;
  }

  @Override
  public long sent() {
    return sent;
  }

  @Override
  public long failed() {
    long sum = 0;
    for (int errno = 0; errno < Errno.LIMIT; errno++) {
      sum += failures.get(errno);
    }
    return sum;
  }

  /** {@link #failed} by the name of the error, such as EMSGSIZE for a frame above the MTU. */
  public Map<String, Long> failures() {
    Map<String, Long> byName = new TreeMap<>();
    for (int errno = 0; errno < Errno.LIMIT; errno++) {
      if (failures.get(errno) > 0) {
        byName.put(Errno.name(errno), failures.get(errno));
      }
    }
    return byName;
  }

  @Override
  public void close() {
    socket.close();
  }
}
