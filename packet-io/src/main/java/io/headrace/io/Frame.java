package io.headrace.io;

import io.headrace.packet.PacketLimit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A view of one Ethernet frame in memory that its source owns, with what the kernel said about it.
 * The bytes are as on the wire, VLAN tags included, without the frame check sequence. A super-frame
 * (TSO, GSO, GRO) is one frame of up to 64 KiB.
 *
 * <p>The view is valid until the source is told to {@linkplain FrameSource#release release} it. Not
 * thread-safe: it is handed from stage to stage.
 */
public final class Frame {
  /** Bytes before each frame of a source that may be written: room for outer headers. */
  public static final int HEADROOM = 64;

  private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
  private long timeNs;
  private int checksumStart;
  private int checksumOffset;
  private int gsoType;
  private int gsoSize;
  private int packetLimit;

  /** The bytes of the frame; its capacity is the length of the frame. */
  public UnsafeBuffer buffer() {
    return buffer;
  }

  public int length() {
    return buffer.capacity();
  }

  /** When the frame was captured, in nanoseconds since the epoch. */
  public long timeNs() {
    return timeNs;
  }

  public void timeNs(long value) {
    timeNs = value;
  }

  /**
   * Points the view at a frame whose checksum is as the sender left it.
   *
   * @param address of the first byte
   * @param length in bytes
   */
  public void wrap(long address, int length) {
    buffer.wrap(address, length);
    checksumStart = 0;
    checksumOffset = 0;
    gsoType = 0;
    gsoSize = 0;
    packetLimit = PacketLimit.NONE;
  }

  /**
   * Makes room within a frame that a source has given, and of which nothing is partial: what stands
   * before moves forward, into the headroom.
   *
   * @param at offset of the room
   * @param bytes how much, {@link #HEADROOM} at most in all
   */
  public void insert(int at, int bytes) {
    buffer.wrap(buffer.addressOffset() - bytes, buffer.capacity() + bytes);
    buffer.putBytes(0, buffer, bytes, at);
  }

  /**
   * Whether the transport checksum is partial: its field holds the folded sum of the pseudo-header
   * alone, and whoever puts the frame on a wire adds the rest (VIRTIO_NET_HDR_F_NEEDS_CSUM;
   * CHECKSUM_PARTIAL in the kernel).
   */
  public boolean isChecksumPartial() {
    return checksumStart != 0;
  }

  /**
   * Offset in the frame at which a partial checksum starts to sum; 0 when the checksum is not
   * partial.
   */
  public int checksumStart() {
    return checksumStart;
  }

  /** Offset of the checksum field from {@link #checksumStart}. */
  public int checksumOffset() {
    return checksumOffset;
  }

  public void partialChecksum(int start, int offset) {
    checksumStart = start;
    checksumOffset = offset;
  }

  /**
   * What kind of super-frame this is: VIRTIO_NET_HDR_GSO_* of the virtio specification; 0 for none.
   */
  public int gsoType() {
    return gsoType;
  }

  /** Payload bytes of each segment but the last, when this is a super-frame. */
  public int gsoSize() {
    return gsoSize;
  }

  public void gso(int type, int size) {
    gsoType = type;
    gsoSize = size;
  }

  /**
   * The longest IP packet that may be cut from this super-frame, in bytes, where its source could
   * not tell a {@link #gsoSize}; {@link PacketLimit#NONE} unless somebody knows.
   */
  public int packetLimit() {
    return packetLimit;
  }

  public void packetLimit(int value) {
    packetLimit = value;
  }
}
