package io.headrace.io;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.headrace.packet.PartialChecksum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Frames into a capture file: pcap in nanoseconds, little-endian on every machine (its layout is
 * drawn at {@link PcapFileReader}), each with the time of its {@link Frame}. Partial checksums are
 * completed in the file; super-frames stay whole. The same frames give the same bytes. Needs
 * neither privilege nor libpcap.
 *
 * <p>A file that cannot be written on (no space) is written no more: the frames have failed, and
 * {@link #close} says why.
 */
public final class CaptureFileSink implements FrameSink {
  private static final int BUFFER_LENGTH = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer window = ByteBuffer.allocateDirect(BUFFER_LENGTH);
  private final UnsafeBuffer bytes = new UnsafeBuffer(window);
  private final UnsafeBuffer copy = new UnsafeBuffer(0, 0);
  private int queued;
  private volatile long sent;
  private volatile long failed;
  private FrameIoException failure;

  /**
   * Creates the file, or overwrites it.
   *
   * @throws FrameIoException when it cannot be written
   */
  public CaptureFileSink(Path file) {
    this.file = file;
    try {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw failure(e);
    }
    bytes.putInt(0, PcapFileReader.MAGIC_NANOSECONDS, LITTLE_ENDIAN);
    bytes.putShort(PcapFileReader.MAJOR_VERSION, (short) 2, LITTLE_ENDIAN);
    bytes.putShort(PcapFileReader.MINOR_VERSION, (short) 4, LITTLE_ENDIAN);
    bytes.putInt(PcapFileReader.SNAP_LENGTH, PcapFileReader.MAX_SNAP_LENGTH, LITTLE_ENDIAN);
    bytes.putInt(PcapFileReader.LINK_TYPE, PcapFileReader.LINK_TYPE_ETHERNET, LITTLE_ENDIAN);
    window.position(PcapFileReader.HEADER_LENGTH);
  }

  @Override
  public void send(Frame frame) {
    if (failure != null) {
      failed++;
      return;
    }
    int length = frame.length();
    if (window.remaining() < PcapFileReader.RECORD_HEADER_LENGTH + length) {
      flush();
    }
    int at = window.position();
    long seconds = Math.floorDiv(frame.timeNs(), 1_000_000_000L);
    int nanos = Math.floorMod(frame.timeNs(), 1_000_000_000);
    bytes.putInt(at + PcapFileReader.SECONDS, (int) seconds, LITTLE_ENDIAN);
    bytes.putInt(at + PcapFileReader.FRACTION, nanos, LITTLE_ENDIAN);
    bytes.putInt(at + PcapFileReader.CAPTURED_LENGTH, length, LITTLE_ENDIAN);
    bytes.putInt(at + PcapFileReader.ORIGINAL_LENGTH, length, LITTLE_ENDIAN);
    copy.wrap(bytes, at + PcapFileReader.RECORD_HEADER_LENGTH, length);
    copy.putBytes(0, frame.buffer(), 0, length);
    if (frame.isChecksumPartial()) {
      PartialChecksum.complete(copy, frame.checksumStart(), frame.checksumOffset());
    }
    window.position(at + PcapFileReader.RECORD_HEADER_LENGTH + length);
    queued++;
  }

  @Override
  public void flush() {
    if (failure != null) {
      return;
    }
    try {
      window.flip();
      while (window.hasRemaining()) {
        channel.write(window);
      }
      sent += queued;
    } catch (IOException e) {
      failure = failure(e);
      failed += queued;
    }
    queued = 0;
    window.clear();
  }

  @Override
  public long sent() {
    return sent;
  }

  @Override
  public long failed() {
    return failed;
  }

  /**
   * Writes what is queued, and closes the file.
   *
   * @throws FrameIoException when the file could not be written, now or before
   */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      flush();
    } catch (IOException e) {
      throw failure(e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private FrameIoException failure(IOException e) {
    return new FrameIoException("cannot write " + file + ": " + CaptureReader.reason(e), e);
  }
}
