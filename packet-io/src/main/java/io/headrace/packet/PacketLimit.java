package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * The longest IPv4 packet that an end of a TCP connection takes: what it announces in its SYN, the
 * maximum segment size (RFC 9293, 3.7.1), and the 40 bytes of two headers without options that this
 * does not count (RFC 6691).
 */
public final class PacketLimit {
  /** No IPv4 packet is longer. */
  public static final int NONE = 0xFFFF;

  /** Of an end that announces nothing: what every host takes. */
  public static final int DEFAULT = 576;

  /**
   * Who announces less is not taken at its word: headers with all their options, and the eight
   * bytes of payload that Linux insists on (TCP_MIN_MSS), must fit.
   */
  static final int LEAST = 128;

  private static final int HEADERS = Ipv4.LENGTH + Tcp.LENGTH;
  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int SEGMENT_SIZE = 2;
  private static final int SEGMENT_SIZE_LENGTH = 4;

  private PacketLimit() {}

  /**
   * Reads it from a SYN. Never throws, whatever the options are.
   *
   * @param headers of the frame, parsed as {@link Parse#FLOW}, of TCP
   * @return bytes, {@link #NONE} at most
   */
  public static int announced(DirectBuffer frame, Headers headers) {
    int end = headers.payloadOffset();
    int at = headers.transportOffset() + Tcp.LENGTH;
    while (at < end) {
      int kind = frame.getByte(at);
      if (kind == NO_OPERATION) {
        at++;
        continue;
      }
      int length = kind == END || at + 1 == end ? 0 : frame.getByte(at + 1) & 0xFF;
      if (length < 2 || length > end - at) {
        break;
      }
      if (kind == SEGMENT_SIZE && length == SEGMENT_SIZE_LENGTH) {
        int size = frame.getShort(at + 2, BIG_ENDIAN) & 0xFFFF;
        return Math.clamp(size + HEADERS, LEAST, NONE);
      }
      at += length;
    }
    return DEFAULT;
  }
}
