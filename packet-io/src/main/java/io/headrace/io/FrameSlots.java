package io.headrace.io;

import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Parse;
import io.headrace.packet.PartialChecksum;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * The memory of a source that copies its frames: as many slots as may be out at one time, used in
 * turn. Each has room for a super-frame; what was never touched costs address space only.
 */
final class FrameSlots implements AutoCloseable {
  /**
   * The longest IPv4 packet under an Ethernet header with two VLAN tags, rounded up to an odd
   * number of cache lines.
   */
  static final int LENGTH = 65_600;

  /** Odd, too: at a power of two, the headers of all slots would share one cache set. */
  private static final int STRIDE = LENGTH + 2 * Frame.HEADROOM;

  private final Headers headers = new Headers();
  private final int count;
  private final long address;
  private int next;
  private boolean closed;

  FrameSlots(int count) {
    this.count = count;
    address = UnsafeApi.allocateMemory((long) count * STRIDE);
  }

  int count() {
    return count;
  }

  /**
   * Copies a frame into the next slot, cut to its length, and points the view at it. A partial
   * checksum is recognised.
   */
  void put(Frame frame, DirectBuffer bytes, int offset, int length, long timeNs) {
    int kept = Math.min(length, LENGTH);
    frame.wrap(address + (long) next * STRIDE + Frame.HEADROOM, kept);
    frame.buffer().putBytes(0, bytes, offset, kept);
    frame.timeNs(timeNs);
    next = next + 1 == count ? 0 : next + 1;
    if (headers.parse(frame.buffer()) == Parse.FLOW
        && PartialChecksum.recognise(frame.buffer(), headers)) {
      frame.partialChecksum(
          headers.transportOffset(),
          headers.protocol() == Ipv4.PROTOCOL_TCP ? Tcp.CHECKSUM : Udp.CHECKSUM);
    }
  }

  /** Gives the memory back: every view of it is then invalid. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      UnsafeApi.freeMemory(address);
    }
  }
}
