package io.headrace.packet;

import org.agrona.DirectBuffer;

/**
 * The IPv6 header and what may stand between it and the transport header, RFC 8200. An address is
 * two longs: the high one has the eight bytes that come first on the wire, the most significant
 * first.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version| Traffic class |              Flow label               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Payload length         |  Next header  |   Hop limit   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                   Source address (16 bytes)                  ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                 Destination address (16 bytes)               ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 *
 * An extension header: the number of the next one, and its own length in units of eight bytes, the
 * first eight not counted. A fragment header is eight bytes long and has no length.
 *
 * <pre>
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Next header  |    Length     |  (routing) type, segments left
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Next header  |   Reserved    |     Fragment offset     |Rsv|M|
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Ipv6 extends Flyweight {
  public static final int VERSION_CLASS_LABEL = 0;
  public static final int PAYLOAD_LENGTH = 4;
  public static final int NEXT_HEADER = 6;
  public static final int HOP_LIMIT = 7;
  public static final int SOURCE = 8;
  public static final int DESTINATION = 24;

  /** Length of the header without extensions. */
  public static final int LENGTH = 40;

  /** The first word of a header with neither traffic class nor flow label. */
  public static final int VERSION = 6 << 28;

  public static final int HOP_BY_HOP = 0;
  public static final int ROUTING = 43;
  public static final int FRAGMENT = 44;
  public static final int PROTOCOL_ICMP = 58;
  public static final int DESTINATION_OPTIONS = 60;

  static final int EXTENSION_LENGTH = 1;
  static final int SEGMENTS_LEFT = 3;
  static final int FRAGMENT_OFFSET = 2;
  static final int FRAGMENT_IDENTIFICATION = 4;

  /** The unit of an extension header's length, and the least length. */
  static final int EXTENSION_UNIT = 8;

  /** Of the fragment field: set in every piece of a packet that is in several. */
  static final int OFFSET_AND_MORE = 0xFFF9;

  /** Hop-by-hop options stand first or nowhere. */
  static boolean isExtension(int number, int before) {
    return number == DESTINATION_OPTIONS
        || number == ROUTING
        || number == FRAGMENT
        || number == HOP_BY_HOP && before == 0;
  }

  /** Bytes of an extension header at an offset, as it says. */
  static int extensionLength(DirectBuffer frame, int number, int at, int end) {
    return number == FRAGMENT || end - at < EXTENSION_UNIT
        ? EXTENSION_UNIT
        : ((frame.getByte(at + EXTENSION_LENGTH) & 0xFF) + 1) * EXTENSION_UNIT;
  }

  /** Bytes behind this header: extension headers, transport header and payload. */
  public int payloadLength() {
    return getShort(PAYLOAD_LENGTH);
  }

  public void payloadLength(int bytes) {
    putShort(PAYLOAD_LENGTH, bytes);
  }

  /** Writes version 6, traffic class and flow label. */
  public void versionClassLabel(int trafficClass, int flowLabel) {
    putInt(VERSION_CLASS_LABEL, VERSION | trafficClass << 20 | flowLabel);
  }

  public void nextHeader(int number) {
    putByte(NEXT_HEADER, number);
  }

  public int hopLimit() {
    return getByte(HOP_LIMIT);
  }

  public void hopLimit(int hops) {
    putByte(HOP_LIMIT, hops);
  }

  public void source(long high, long low) {
    putLong(SOURCE, high);
    putLong(SOURCE + Long.BYTES, low);
  }

  public void destination(long high, long low) {
    putLong(DESTINATION, high);
    putLong(DESTINATION + Long.BYTES, low);
  }
}
