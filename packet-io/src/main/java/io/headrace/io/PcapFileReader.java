package io.headrace.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a pcap file (draft-ietf-opsawg-pcap) without help of libpcap, in the byte order and time
 * resolution that its magic number tells.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Magic: A1B2C3D4 (microseconds) or A1B23C4D (nanoseconds)     |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Major version 2        |        Minor version 4        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Reserved (8 bytes)                       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                          Snap length                          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          FCS length           |        Link type (1)          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *  then, per record:
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                            Seconds                            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                  Microseconds or nanoseconds                  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Captured length                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Original length                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                             Frame                            ...
 * </pre>
 */
final class PcapFileReader implements CaptureReader {
  static final int MAGIC_MICROSECONDS = 0xA1B2C3D4;
  static final int MAGIC_NANOSECONDS = 0xA1B23C4D;
  private static final int MAGIC_GZIP = 0x8B1F;
  static final int MAJOR_VERSION = 4;
  static final int MINOR_VERSION = 6;
  static final int SNAP_LENGTH = 16;
  static final int LINK_TYPE = 20;
  static final int HEADER_LENGTH = 24;

  static final int SECONDS = 0;
  static final int FRACTION = 4;
  static final int CAPTURED_LENGTH = 8;
  static final int ORIGINAL_LENGTH = 12;
  static final int RECORD_HEADER_LENGTH = 16;

  static final int LINK_TYPE_ETHERNET = 1;

  /** As libpcap has it: a longer record is a sign of damage. */
  static final int MAX_SNAP_LENGTH = 262_144;

  private static final int BUFFER_LENGTH = 2 * MAX_SNAP_LENGTH;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer window = ByteBuffer.allocateDirect(BUFFER_LENGTH).limit(0);
  private final UnsafeBuffer bytes = new UnsafeBuffer(window);
  private final ByteOrder order;
  private final int nanosPerTick;
  private long windowStart;
  private int offset;
  private int length;
  private long originalLength;
  private long timeNs;

  PcapFileReader(Path file) throws IOException {
    this.file = file;
    channel = FileChannel.open(file);
    try {
      if (fill(HEADER_LENGTH) < Integer.BYTES) {
        throw foreign();
      }
      int magic = bytes.getInt(0, ByteOrder.LITTLE_ENDIAN);
      int swapped = Integer.reverseBytes(magic);
      boolean little = magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS;
      if (!little && swapped != MAGIC_MICROSECONDS && swapped != MAGIC_NANOSECONDS) {
        throw foreign();
      }
      order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
      nanosPerTick = bytes.getInt(0, order) == MAGIC_NANOSECONDS ? 1 : 1000;
      readHeader();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void readHeader() {
    if (window.remaining() < HEADER_LENGTH) {
      throw truncated(HEADER_LENGTH);
    }
    int version = bytes.getShort(MAJOR_VERSION, order);
    if (version != 2) {
      throw damaged("version " + version + " of pcap is not known");
    }
    int linkType = bytes.getInt(LINK_TYPE, order) & 0xFFFF;
    if (linkType != LINK_TYPE_ETHERNET) {
      throw CaptureReader.notEthernet(file, linkType);
    }
    window.position(HEADER_LENGTH);
  }

  @Override
  public boolean next() {
    try {
      int available = fill(RECORD_HEADER_LENGTH);
      if (available == 0) {
        return false;
      }
      if (available < RECORD_HEADER_LENGTH) {
        throw truncated(RECORD_HEADER_LENGTH);
      }
      int captured = bytes.getInt(window.position() + CAPTURED_LENGTH, order);
      if (captured < 0 || captured > MAX_SNAP_LENGTH) {
        throw damaged("a record of " + (captured & 0xFFFF_FFFFL) + " bytes");
      }
      if (fill(RECORD_HEADER_LENGTH + captured) < RECORD_HEADER_LENGTH + captured) {
        throw truncated(RECORD_HEADER_LENGTH + captured);
      }
      int at = window.position();
      timeNs =
          (bytes.getInt(at + SECONDS, order) & 0xFFFF_FFFFL) * 1_000_000_000L
              + (bytes.getInt(at + FRACTION, order) & 0xFFFF_FFFFL) * nanosPerTick;
      originalLength = bytes.getInt(at + ORIGINAL_LENGTH, order) & 0xFFFF_FFFFL;
      offset = at + RECORD_HEADER_LENGTH;
      length = captured;
      window.position(offset + captured);
      return true;
    } catch (IOException e) {
      throw new FrameIoException("cannot read " + file + ": " + CaptureReader.reason(e), e);
    }
  }

  /** Reads on until so many bytes lie in the window, or to the end; returns how many do. */
  private int fill(int needed) throws IOException {
    if (window.remaining() < needed) {
      windowStart += window.position();
      window.compact();
      while (window.position() < needed && channel.read(window) >= 0) {}
      window.flip();
    }
    return window.remaining();
  }

  private FrameIoException foreign() {
    boolean zipped =
        window.remaining() >= Short.BYTES
            && bytes.getShort(0, ByteOrder.LITTLE_ENDIAN) == (short) MAGIC_GZIP;
    return new FrameIoException(
        file
            + (zipped
                ? " is compressed; gunzip it first"
                : " is not a capture file (pcap or pcapng)"));
  }

  private FrameIoException truncated(int needed) {
    return damaged(
        "the file ends there, within a record: %d of %d bytes"
            .formatted(window.remaining(), needed));
  }

  private FrameIoException damaged(String what) {
    return new FrameIoException(
        "%s is damaged at byte %d: %s".formatted(file, windowStart + window.position(), what));
  }

  @Override
  public DirectBuffer bytes() {
    return bytes;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public long originalLength() {
    return originalLength;
  }

  @Override
  public long timeNs() {
    return timeNs;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FrameIoException("cannot close " + file + ": " + CaptureReader.reason(e), e);
    }
  }
}
