package io.headrace.counters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the file system give memory to parts of a counters file before they are touched: where there
 * is no more of it, the first to touch a part of a mapped file is ended by the kernel (SIGBUS). For
 * one thread at a time.
 */
final class Room implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Room.class);

  private final Path file;
  private final FileChannel channel;
  private boolean told;

  Room(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** As {@link #write}, of zeros. */
  boolean take(int offset, int length) {
    return write(offset, ByteBuffer.allocate(length));
  }

  /**
   * Writes to a part that may have no memory yet.
   *
   * @return false when there is none, which the log says once
   */
  boolean write(int offset, ByteBuffer bytes) {
    try {
      require(offset, bytes);
    } catch (ClosedChannelException e) {
      // Nobody reads the file any more.
    } catch (IOException e) {
      full("%s: %s".formatted(file, Counters.why(e)));
      return false;
    }
    return true;
  }

  /** As {@link #write}, where the balancer cannot do without. */
  void require(int offset, ByteBuffer bytes) throws IOException {
    int at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Says once that there is no room for more. */
  void full(String why) {
    if (!told) {
      told = true;
      LOG.warn("statistics do not show all that is counted, as their file has no room: {}", why);
    }
  }

  /** Removes the file; its memory stays. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
