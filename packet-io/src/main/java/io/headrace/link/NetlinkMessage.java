package io.headrace.link;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One message from the kernel. Numbers are in the machine's byte order, addresses in the network's.
 *
 * <pre>
 *    0        4      6       8          12         16
 *   +--------+------+-------+----------+----------+--------------+------------+-----
 *   | length | type | flags | sequence | port id  | fixed part   | attribute  | …
 *   +--------+------+-------+----------+----------+--------------+------------+-----
 * </pre>
 *
 * The fixed part depends on the type. An attribute is two bytes of length (these four included),
 * two of type, and the value, padded to four. Source: linux/netlink.h, netlink(7).
 */
final class NetlinkMessage {
  static final int HEADER = 16;
  static final int ALIGNMENT = 4;
  static final int ATTRIBUTE_HEADER = 4;

  private static final int TYPE_ERROR = 2;
  private static final int TYPE_DONE = 3;
  private static final int FLAG_DUMP_INTERRUPTED = 0x10;
  private static final int ATTRIBUTE_TYPE_MASK = 0x3fff;

  private final UnsafeBuffer bytes;

  private NetlinkMessage(byte[] bytes) {
    this.bytes = new UnsafeBuffer(bytes);
  }

  /** The messages of one datagram; what is cut off at its end is left out. */
  static List<NetlinkMessage> split(byte[] datagram) {
    UnsafeBuffer buffer = new UnsafeBuffer(datagram);
    List<NetlinkMessage> messages = new ArrayList<>();
    int offset = 0;
    while (offset + HEADER <= datagram.length) {
      int length = buffer.getInt(offset);
      if (length < HEADER || length > datagram.length - offset) {
        break;
      }
      messages.add(new NetlinkMessage(Arrays.copyOfRange(datagram, offset, offset + length)));
      offset += BitUtil.align(length, ALIGNMENT);
    }
    return messages;
  }

  int type() {
    return Short.toUnsignedInt(bytes.getShort(4));
  }

  int sequence() {
    return bytes.getInt(8);
  }

  /** Whether this ends the answer to a request for one thing: an error, or the zero of success. */
  boolean isAcknowledgement() {
    return type() == TYPE_ERROR;
  }

  /** Whether this ends a dump. */
  boolean isDone() {
    return type() == TYPE_DONE;
  }

  /** Whether what is dumped changed meanwhile, so that the dump may have holes. */
  boolean isDumpInterrupted() {
    return (bytes.getShort(6) & FLAG_DUMP_INTERRUPTED) != 0;
  }

  /** The errno of an acknowledgement or of the end of a dump; 0 is success. */
  int errno() {
    return bytes.capacity() >= HEADER + Integer.BYTES ? -bytes.getInt(HEADER) : 0;
  }

  int unsignedByte(int offset) {
    return Byte.toUnsignedInt(bytes.getByte(HEADER + offset));
  }

  int unsignedShort(int offset) {
    return Short.toUnsignedInt(bytes.getShort(HEADER + offset));
  }

  int integer(int offset) {
    return bytes.getInt(HEADER + offset);
  }

  /**
   * The value of the first attribute of a type.
   *
   * @param fixed length of the fixed part
   */
  Optional<byte[]> attribute(int fixed, int type) {
    return find(bytes, HEADER + BitUtil.align(fixed, ALIGNMENT), type);
  }

  Optional<Integer> integerAttribute(int fixed, int type) {
    return attribute(fixed, type).filter(v -> v.length >= 4).map(NetlinkMessage::toInt);
  }

  /** A text attribute, without the zero that ends it. */
  Optional<String> textAttribute(int fixed, int type) {
    return attribute(fixed, type).map(NetlinkMessage::toText);
  }

  /** The same inside an attribute that is itself a list of attributes. */
  Optional<String> nestedText(int fixed, int outer, int inner) {
    return nested(fixed, outer, inner).map(NetlinkMessage::toText);
  }

  private static String toText(byte[] value) {
    return new String(value, StandardCharsets.UTF_8).replace("\0", "");
  }

  /** A number inside an attribute that is itself a list of attributes. */
  Optional<Integer> nestedInteger(int fixed, int outer, int inner) {
    return nested(fixed, outer, inner).filter(v -> v.length >= 4).map(NetlinkMessage::toInt);
  }

  private Optional<byte[]> nested(int fixed, int outer, int inner) {
    return attribute(fixed, outer).flatMap(list -> find(new UnsafeBuffer(list), 0, inner));
  }

  private static int toInt(byte[] value) {
    return new UnsafeBuffer(value).getInt(0);
  }

  private static Optional<byte[]> find(UnsafeBuffer buffer, int from, int type) {
    int offset = from;
    while (offset + ATTRIBUTE_HEADER <= buffer.capacity()) {
      int length = Short.toUnsignedInt(buffer.getShort(offset));
      if (length < ATTRIBUTE_HEADER || length > buffer.capacity() - offset) {
        return Optional.empty();
      }
      if ((buffer.getShort(offset + 2) & ATTRIBUTE_TYPE_MASK) == type) {
        byte[] value = new byte[length - ATTRIBUTE_HEADER];
        buffer.getBytes(offset + ATTRIBUTE_HEADER, value);
        return Optional.of(value);
      }
      offset += BitUtil.align(length, ALIGNMENT);
    }
    return Optional.empty();
  }
}
