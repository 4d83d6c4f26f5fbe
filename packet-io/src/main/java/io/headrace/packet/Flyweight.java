package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A view of one header in a buffer; it holds no bytes of its own and is wrapped anew for each
 * frame. The caller has made sure (see {@link Headers}) that the header lies in the buffer. Not
 * thread-safe.
 */
public abstract sealed class Flyweight permits Arp, Ethernet, Ipv4, Ipv6, Tcp, Udp, Vlan {
  private MutableDirectBuffer buffer = new UnsafeBuffer(0, 0);
  private int offset;

  /**
   * Points the view at a header.
   *
   * @param offset in the buffer of the header's first byte
   */
  public final void wrap(MutableDirectBuffer buffer, int offset) {
    this.buffer = buffer;
    this.offset = offset;
  }

  /** Offset in the buffer of the header's first byte. */
  public final int offset() {
    return offset;
  }

  final int getByte(int field) {
    return buffer.getByte(offset + field) & 0xFF;
  }

  final void putByte(int field, int value) {
    buffer.putByte(offset + field, (byte) value);
  }

  final int getShort(int field) {
    return buffer.getShort(offset + field, BIG_ENDIAN) & 0xFFFF;
  }

  final void putShort(int field, int value) {
    buffer.putShort(offset + field, (short) value, BIG_ENDIAN);
  }

  final int getInt(int field) {
    return buffer.getInt(offset + field, BIG_ENDIAN);
  }

  final void putInt(int field, int value) {
    buffer.putInt(offset + field, value, BIG_ENDIAN);
  }

  final void putLong(int field, long value) {
    buffer.putLong(offset + field, value, BIG_ENDIAN);
  }

  final long getMac(int field) {
    return Ethernet.getMac(buffer, offset + field);
  }

  final void putMac(int field, long value) {
    Ethernet.putMac(buffer, offset + field, value);
  }
}
