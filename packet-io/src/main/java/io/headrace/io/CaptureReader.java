package io.headrace.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.agrona.DirectBuffer;

/** The records of a capture, one after the other. */
sealed interface CaptureReader extends AutoCloseable permits LibpcapReader, PcapFileReader {
  /** The block type at the start of a pcapng file; it reads the same in both byte orders. */
  int PCAPNG = 0x0A0D0D0A;

  /**
   * Opens a capture file of Ethernet frames. Only pcapng needs libpcap.
   *
   * @throws FrameIoException when it cannot be read, or is none
   */
  static CaptureReader open(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer magic = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (magic.hasRemaining() && channel.read(magic) >= 0) {}
      return !magic.hasRemaining() && magic.getInt(0) == PCAPNG
          ? LibpcapReader.offline(file)
          : new PcapFileReader(file);
    } catch (IOException e) {
      throw new FrameIoException("cannot read " + file + ": " + reason(e), e);
    }
  }

  /** What went wrong with a file, in words; some exceptions carry nothing but its name. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException failure when failure.getReason() != null -> failure.getReason();
      default -> e.getMessage();
    };
  }

  /**
   * Goes to the next record.
   *
   * @return false when there is none now
   * @throws FrameIoException when the capture cannot be read on
   */
  boolean next();

  /** The bytes that were captured: {@link #length} of them from {@link #offset}. */
  DirectBuffer bytes();

  int offset();

  int length();

  /** Length of the frame before the snap length cut it. */
  long originalLength();

  /** Time of capture in nanoseconds since the epoch. */
  long timeNs();

  @Override
  void close();
}
