package io.headrace.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.agrona.DirectBuffer;

/** The records of a capture, one after the other. */
sealed interface CaptureReader extends AutoCloseable permits LibpcapReader, PcapFileReader {
  /** The block type at the start of a pcapng file; it reads the same in both byte orders. */
  int PCAPNG = 0x0A0D0D0A;

  /** What {@code tcpdump -i any} writes: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
  Set<Integer> LINUX_COOKED = Set.of(113, 276);

  /**
   * Opens a capture file of Ethernet frames. Only pcapng needs libpcap.
   *
   * @throws FrameIoException when it cannot be read, or is none
   */
  static CaptureReader open(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FrameIoException("cannot read " + file + ": a capture must be a regular file");
    }
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

  /** Refuses a file whose frames are not those of an Ethernet. */
  static FrameIoException notEthernet(Path file, int linkType) {
    return new FrameIoException(
        file
            + ": link type "
            + linkType
            + (LINUX_COOKED.contains(linkType)
                ? " (Linux cooked) is not Ethernet; capture on one interface"
                : " is not Ethernet (1)"));
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
