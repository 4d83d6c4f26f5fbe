package io.headrace.io;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The header that a packet socket with PACKET_VNET_HDR puts before a frame, and takes: which
 * checksum is still to be completed, and how a super-frame is to be cut. Legacy layout, little
 * endian (struct virtio_net_hdr in linux/virtio_net.h):
 *
 * <pre>
 *   0        1          2          4          6            8             10
 *   | flags  | gso_type | hdr_len  | gso_size | csum_start | csum_offset |
 * </pre>
 */
final class VirtioNetHeader {
  static final int LENGTH = 10;

  private static final int FLAGS = 0;
  private static final int GSO_TYPE = 1;
  private static final int HDR_LEN = 2;
  private static final int GSO_SIZE = 4;
  private static final int CSUM_START = 6;
  private static final int CSUM_OFFSET = 8;

  private static final int F_NEEDS_CSUM = 1;
  private static final int GSO_NONE = 0;

  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_DATA_OFFSET = 12;
  private static final int UDP_HEADER_LENGTH = 8;

  private VirtioNetHeader() {}

  /**
   * Describes a frame as the header does.
   *
   * @param shift bytes that were put into the frame in front of its network header
   */
  static void read(UnsafeBuffer from, int at, Frame frame, int shift) {
    if ((from.getByte(at + FLAGS) & F_NEEDS_CSUM) != 0) {
      frame.partialChecksum(u16(from, at + CSUM_START) + shift, u16(from, at + CSUM_OFFSET));
    }
    int gsoType = from.getByte(at + GSO_TYPE) & 0xff;
    if (gsoType != GSO_NONE) {
      frame.gso(gsoType, u16(from, at + GSO_SIZE));
    }
  }

  /** Writes every field of the header as the frame is described. */
  static void write(UnsafeBuffer to, int at, Frame frame) {
    to.putByte(at + FLAGS, (byte) (frame.isChecksumPartial() ? F_NEEDS_CSUM : 0));
    to.putByte(at + GSO_TYPE, (byte) frame.gsoType());
    put16(to, at + HDR_LEN, frame.gsoType() == GSO_NONE ? 0 : headersLength(frame));
    put16(to, at + GSO_SIZE, frame.gsoSize());
    put16(to, at + CSUM_START, frame.checksumStart());
    put16(to, at + CSUM_OFFSET, frame.checksumOffset());
  }

  /**
   * The length of all headers of a super-frame: how much of it the kernel keeps in one piece. It
   * refuses a frame that is shorter than that (packet_snd_vnet_parse in net/packet/af_packet.c),
   * and finds the headers by itself when this is 0.
   */
  private static int headersLength(Frame frame) {
    int transport = frame.checksumStart();
    if (!frame.isChecksumPartial() || transport + TCP_DATA_OFFSET >= frame.length()) {
      return 0;
    }
    int length =
        frame.checksumOffset() == TCP_CHECKSUM
            ? (frame.buffer().getByte(transport + TCP_DATA_OFFSET) & 0xf0) >> 2
            : UDP_HEADER_LENGTH;
    return Math.min(transport + length, frame.length());
  }

  private static int u16(UnsafeBuffer from, int at) {
    return from.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xffff;
  }

  private static void put16(UnsafeBuffer to, int at, int value) {
    to.putShort(at, (short) value, ByteOrder.LITTLE_ENDIAN);
  }
}
