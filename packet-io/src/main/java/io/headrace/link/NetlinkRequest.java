package io.headrace.link;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A message to the kernel, in the layout of {@link NetlinkMessage}. */
final class NetlinkRequest {
  private static final int FLAG_REQUEST = 0x1;
  private static final int FLAG_ACKNOWLEDGE = 0x4;
  private static final int FLAG_DUMP = 0x300;
  private static final int FLAG_EXCLUSIVE = 0x200;
  private static final int FLAG_CREATE = 0x400;
  private static final int CAPACITY = 256;

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

  /** Creates one thing, which must not be there yet. */
  static NetlinkRequest createNew(int type, int fixed) {
    return new NetlinkRequest(
        type, FLAG_REQUEST | FLAG_ACKNOWLEDGE | FLAG_CREATE | FLAG_EXCLUSIVE, fixed);
  }

  /** Changes or deletes one thing that is there. */
  static NetlinkRequest change(int type, int fixed) {
    return new NetlinkRequest(type, FLAG_REQUEST | FLAG_ACKNOWLEDGE, fixed);
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

  /**
   * An attribute that is itself a list of attributes.
   *
   * @param fixed length of what comes before them, all zero
   * @param inner adds them
   */
  NetlinkRequest nested(int type, int fixed, Consumer<NetlinkRequest> inner) {
    int start = length;
    length += NetlinkMessage.ATTRIBUTE_HEADER + BitUtil.align(fixed, NetlinkMessage.ALIGNMENT);
    inner.accept(this);
    bytes.putShort(start, (short) (length - start));
    bytes.putShort(start + 2, (short) type);
    return this;
  }

  /** An attribute of 32 bits, in the machine's byte order. */
  NetlinkRequest number(int type, int value) {
    UnsafeBuffer number = new UnsafeBuffer(new byte[Integer.BYTES]);
    number.putInt(0, value);
    return attribute(type, number.byteArray());
  }

  NetlinkRequest text(int type, String value) {
    return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  /** The bytes to send. */
  byte[] encode(int sequence) {
    bytes.putInt(0, length);
    bytes.putInt(8, sequence);
    return Arrays.copyOf(bytes.byteArray(), length);
  }
}
