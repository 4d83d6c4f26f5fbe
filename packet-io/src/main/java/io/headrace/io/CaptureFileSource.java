package io.headrace.io;

import java.nio.file.Path;

/**
 * Frames out of a capture file: pcap of either byte order, in micro- or nanoseconds, without
 * libpcap; pcapng through libpcap. Needs no privilege. Partial checksums are recognised.
 *
 * <p>That {@link #receive} returns false means the end of the file.
 */
public final class CaptureFileSource implements FrameSource {
  private final CaptureReader reader;
  private final FrameSlots slots;
  private long truncated;
  private long bytesRead = PcapFileReader.HEADER_LENGTH;

  /**
   * Opens a file.
   *
   * @param capacity frames that may be out at one time
   * @throws FrameIoException when the file cannot be read, is no capture file, or is one of another
   *     link type than Ethernet
   */
  public CaptureFileSource(Path file, int capacity) {
    reader = CaptureReader.open(file);
    slots = new FrameSlots(capacity);
  }

  /**
   * {@inheritDoc}
   *
   * @throws FrameIoException when the file is damaged or ends within a record; the frames before
   *     were delivered
   */
  @Override
  public boolean receive(Frame frame) {
    if (!reader.next()) {
      return false;
    }
    if (reader.originalLength() > reader.length() || reader.length() > FrameSlots.LENGTH) {
      truncated++;
    }
    bytesRead += PcapFileReader.RECORD_HEADER_LENGTH + reader.length();
    slots.put(frame, reader.bytes(), reader.offset(), reader.length(), reader.timeNs());
    return true;
  }

  /** Nothing to do: the slots are used in turn, and the caller never exceeds the capacity. */
  @Override
  public void release(int frames) {}

  @Override
  public int capacity() {
    return slots.count();
  }

  @Override
  public int descriptor() {
    return -1;
  }

  @Override
  public long missed() {
    return 0;
  }

  /** Frames that were delivered without their tail, as the snap length of the capture cut it. */
  public long truncated() {
    return truncated;
  }

  /** Bytes of the file behind which reading has come, to show progress; of pcapng a little less. */
  public long bytesRead() {
    return bytesRead;
  }

  @Override
  public void close() {
    reader.close();
    slots.close();
  }
}
