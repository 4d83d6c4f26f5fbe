package io.headrace.packet;

/**
 * The UDP header, RFC 768. A checksum of 0 says that the sender computed none.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source port          |       Destination port        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |            Length             |           Checksum            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Udp extends Flyweight {
  public static final int SOURCE_PORT = 0;
  public static final int DESTINATION_PORT = 2;
  public static final int DATAGRAM_LENGTH = 4;
  public static final int CHECKSUM = 6;

  /** Length of the header. */
  public static final int LENGTH = 8;

  public int sourcePort() {
    return getShort(SOURCE_PORT);
  }

  public void sourcePort(int port) {
    putShort(SOURCE_PORT, port);
  }

  public int destinationPort() {
    return getShort(DESTINATION_PORT);
  }

  public void destinationPort(int port) {
    putShort(DESTINATION_PORT, port);
  }

  /** Length of header and payload, in bytes. */
  public int length() {
    return getShort(DATAGRAM_LENGTH);
  }

  public void length(int bytes) {
    putShort(DATAGRAM_LENGTH, bytes);
  }

  public int checksum() {
    return getShort(CHECKSUM);
  }

  public void checksum(int value) {
    putShort(CHECKSUM, value);
  }
}
