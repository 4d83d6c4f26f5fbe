package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Partial TCP and UDP checksums: the field holds the folded sum of the pseudo-header alone, because
 * the sender's stack left the rest to a network card that never came (CHECKSUM_PARTIAL of Linux,
 * Documentation/networking/checksum-offloads).
 */
public final class PartialChecksum {
  private PartialChecksum() {}

  /**
   * Whether a frame of which nothing else is known carries a partial checksum. A field that is at
   * the same time the right full checksum is taken for full, and so is that of a frame with
   * padding: it has passed through a network card.
   *
   * @param headers of the frame, parsed as {@link Parse#FLOW}
   */
  public static boolean recognise(DirectBuffer frame, Headers headers) {
    int length = headers.transportLength();
    if (headers.transportOffset() + length != frame.capacity()) {
      return false;
    }
    int field = frame.getShort(Checksums.checksumOffset(headers), BIG_ENDIAN) & 0xFFFF;
    return field == Checksums.pseudoHeader(headers, length)
        && !Checksums.transportValid(frame, headers);
  }

  /**
   * Adds to a partial checksum what is missing.
   *
   * @param start offset in the frame of the transport header; the rest of the frame is summed
   * @param offset of the field from there
   */
  public static void complete(MutableDirectBuffer frame, int start, int offset) {
    int checksum = ~Checksums.sum(frame, start, frame.capacity() - start) & 0xFFFF;
    // All ones instead of 0, which UDP reserves; to TCP they are the same number.
    frame.putShort(start + offset, (short) (checksum == 0 ? 0xFFFF : checksum), BIG_ENDIAN);
  }
}
