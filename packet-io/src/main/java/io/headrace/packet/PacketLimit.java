package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * The longest IP packet that an end of a TCP connection takes: what it announces in its SYN, the
 * maximum segment size (RFC 9293, 3.7.1), and the bytes of two headers without options that this
 * does not count (RFC 6691): 40, and 60 for IPv6.
 */
public final class PacketLimit {
  /** No packet that is taken in is longer. */
  public static final int NONE = 0xFFFF;

  private static final int DEFAULT = 576;
  private static final int DEFAULT_IPV6 = 1280;

  /**
   * Who announces less is not taken at its word: headers with all their options, and the eight
   * bytes of payload that Linux insists on (TCP_MIN_MSS), must fit.
   */
  static final int LEAST = 128;

  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int SEGMENT_SIZE = 2;
  private static final int SEGMENT_SIZE_LENGTH = 4;

  private PacketLimit() {}

  /** Of an end that announces nothing: what every host takes (RFC 1122, 3.3.2; RFC 8200, 5). */
  public static int unannounced(Headers headers) {
    return headers.isIpv6() ? DEFAULT_IPV6 : DEFAULT;
  }

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
        int ip = headers.isIpv6() ? Ipv6.LENGTH : Ipv4.LENGTH;
        return Math.clamp(ip + Tcp.LENGTH + size, LEAST, NONE);
      }
      at += length;
    }
    return unannounced(headers);
  }
}
