package io.headrace.packet;

/**
 * The TCP header, RFC 9293.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source port          |       Destination port        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Sequence number                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Acknowledgment number                      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  | Offset| Rsrvd |C|E|U|A|P|R|S|F|            Window             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           Checksum            |        Urgent pointer         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Options (up to 40 bytes)                ...
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public final class Tcp extends Flyweight {
  public static final int SOURCE_PORT = 0;
  public static final int DESTINATION_PORT = 2;
  public static final int SEQUENCE = 4;
  public static final int ACKNOWLEDGMENT = 8;
  public static final int HEADER_LENGTH = 12;
  public static final int FLAGS = 13;
  public static final int WINDOW = 14;
  public static final int CHECKSUM = 16;
  public static final int URGENT_POINTER = 18;

  /** Length of a header without options. */
  public static final int LENGTH = 20;

  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;
  public static final int ECE = 0x40;
  public static final int CWR = 0x80;

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

  public int sequence() {
    return getInt(SEQUENCE);
  }

  public void sequence(int value) {
    putInt(SEQUENCE, value);
  }

  public int acknowledgment() {
    return getInt(ACKNOWLEDGMENT);
  }

  public void acknowledgment(int value) {
    putInt(ACKNOWLEDGMENT, value);
  }

  /** Length of the header with its options, in bytes. */
  public int headerLength() {
    return getByte(HEADER_LENGTH) >>> 4 << 2;
  }

  /** Writes the length of the header in bytes, a multiple of four. */
  public void headerLength(int bytes) {
    putByte(HEADER_LENGTH, bytes << 2);
  }

  public int flags() {
    return getByte(FLAGS);
  }

  public void flags(int value) {
    putByte(FLAGS, value);
  }

  public int window() {
    return getShort(WINDOW);
  }

  public void window(int value) {
    putShort(WINDOW, value);
  }

  public int checksum() {
    return getShort(CHECKSUM);
  }

  public void checksum(int value) {
    putShort(CHECKSUM, value);
  }
}
