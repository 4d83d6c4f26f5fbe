package io.headrace.link;

import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A message to the kernel, in the layout of {@link NetlinkMessage}. */
final class NetlinkRequest {
  private static final int FLAG_REQUEST = 0x1;
  private static final int FLAG_ACKNOWLEDGE = 0x4;
  private static final int FLAG_DUMP = 0x300;
  private static final int FLAG_CREATE = 0x400;
  private static final int CAPACITY = 128;

  private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[CAPACITY]);
  private int length;

  private NetlinkRequest(int type, int flags, int fixed) {
    bytes.putShort(4, (short) type);
    bytes.putShort(6, (short) flags);
    length = NetlinkMessage.HEADER + BitUtil.align(fixed, NetlinkMessage.ALIGNMENT);
  }

  /** Asks for everything there is. */
  static NetlinkRequest dump(int type, int fixed) {
    return new NetlinkRequest(type, FLAG_REQUEST | FLAG_DUMP, fixed);
  }

  /** Asks for one thing. */
  static NetlinkRequest get(int type, int fixed) {
    return new NetlinkRequest(type, FLAG_REQUEST, fixed);
  }

  /** Creates or changes one thing. */
  static NetlinkRequest create(int type, int fixed) {
    return new NetlinkRequest(type, FLAG_REQUEST | FLAG_ACKNOWLEDGE | FLAG_CREATE, fixed);
  }

  NetlinkRequest unsignedByte(int offset, int value) {
    bytes.putByte(NetlinkMessage.HEADER + offset, (byte) value);
    return this;
  }

  NetlinkRequest unsignedShort(int offset, int value) {
    bytes.putShort(NetlinkMessage.HEADER + offset, (short) value);
    return this;
  }

  NetlinkRequest integer(int offset, int value) {
    bytes.putInt(NetlinkMessage.HEADER + offset, value);
    return this;
  }

  NetlinkRequest attribute(int type, byte[] value) {
    bytes.putShort(length, (short) (NetlinkMessage.ATTRIBUTE_HEADER + value.length));
    bytes.putShort(length + 2, (short) type);
    bytes.putBytes(length + NetlinkMessage.ATTRIBUTE_HEADER, value);
    length +=
        BitUtil.align(NetlinkMessage.ATTRIBUTE_HEADER + value.length, NetlinkMessage.ALIGNMENT);
    return this;
  }

  /** The bytes to send. */
  byte[] encode(int sequence) {
    bytes.putInt(0, length);
    bytes.putInt(8, sequence);
    return Arrays.copyOf(bytes.byteArray(), length);
  }
}
