package io.headrace.packet;

/**
 * The IPv4 header, RFC 791. An address is an int whose most significant byte comes first on the
 * wire.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version|  IHL  |Type of service|         Total length          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Identification         |Flags|     Fragment offset     |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  | Time to live  |   Protocol    |        Header checksum        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Source address                         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Destination address                      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Options (up to 40 bytes)                ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Ipv4 extends Flyweight {
  public static final int VERSION_AND_LENGTH = 0;
  public static final int TYPE_OF_SERVICE = 1;
  public static final int TOTAL_LENGTH = 2;
  public static final int IDENTIFICATION = 4;
  public static final int FRAGMENT = 6;
  public static final int TIME_TO_LIVE = 8;
  public static final int PROTOCOL = 9;
  public static final int CHECKSUM = 10;
  public static final int SOURCE = 12;
  public static final int DESTINATION = 16;

  /** Length of a header without options. */
  public static final int LENGTH = 20;

  public static final int PROTOCOL_ICMP = 1;
  public static final int PROTOCOL_TCP = 6;
  public static final int PROTOCOL_UDP = 17;

  /** Bits of the fragment field. */
  public static final int DONT_FRAGMENT = 0x4000;

  public static final int MORE_FRAGMENTS = 0x2000;
  public static final int FRAGMENT_OFFSET_MASK = 0x1FFF;

  public int version() {
    return getByte(VERSION_AND_LENGTH) >>> 4;
  }

  /** Length of the header with its options, in bytes. */
  public int headerLength() {
    return (getByte(VERSION_AND_LENGTH) & 0xF) << 2;
  }

  /** Writes version 4 and the length of the header in bytes, a multiple of four. */
  public void headerLength(int bytes) {
    putByte(VERSION_AND_LENGTH, 4 << 4 | bytes >>> 2);
  }

  public int typeOfService() {
    return getByte(TYPE_OF_SERVICE);
  }

  public void typeOfService(int value) {
    putByte(TYPE_OF_SERVICE, value);
  }

  /** Length of header and payload, in bytes. */
  public int totalLength() {
    return getShort(TOTAL_LENGTH);
  }

  public void totalLength(int bytes) {
    putShort(TOTAL_LENGTH, bytes);
  }

  public int identification() {
    return getShort(IDENTIFICATION);
  }

  public void identification(int value) {
    putShort(IDENTIFICATION, value);
  }

  /** Flags and fragment offset, in one field. */
  public int fragment() {
    return getShort(FRAGMENT);
  }

  public void fragment(int value) {
    putShort(FRAGMENT, value);
  }

  public int timeToLive() {
    return getByte(TIME_TO_LIVE);
  }

  public void timeToLive(int value) {
    putByte(TIME_TO_LIVE, value);
  }

  public int protocol() {
    return getByte(PROTOCOL);
  }

  public void protocol(int value) {
    putByte(PROTOCOL, value);
  }

  public int checksum() {
    return getShort(CHECKSUM);
  }

  public void checksum(int value) {
    putShort(CHECKSUM, value);
  }

  public int source() {
    return getInt(SOURCE);
  }

  public void source(int address) {
    putInt(SOURCE, address);
  }

  public int destination() {
    return getInt(DESTINATION);
  }

  public void destination(int address) {
    putInt(DESTINATION, address);
  }
}
