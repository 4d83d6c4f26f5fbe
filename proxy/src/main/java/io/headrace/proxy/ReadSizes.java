package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.function.IntSupplier;

/**
 * How much a connection reads at a time: as much as lately came, up to a limit that falls as
 * connections become many, so that a crowd of slow readers cannot fill the memory. One for each
 * event loop, and for its thread alone.
 */
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int LEAST = 2 << 10;
  private static final int MOST = 256 << 10;
  private static final int READS_AT_A_TIME = 4;

  /**
   * What a channel that is not to be read gets in place of a buffer: io_uring of Netty goes on
   * after its peer has ended, whatever it is told, and this alone stops it. It reads again when it
   * is told to.
   */
  static final class NotWanted extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final NotWanted INSTANCE = new NotWanted();

    private NotWanted() {
      super("no more is to be read now", null, false, false);
    }
  }

  private final int budget;
  private final IntSupplier connections;

  /**
   * @param budget bytes that the reads of all connections may take together
   * @param connections how many there are now
   */
  ReadSizes(int budget, IntSupplier connections) {
    super(READS_AT_A_TIME);
    this.budget = budget;
    this.connections = connections;
  }

  private int limit() {
    int fair = budget / Math.max(1, 2 * connections.getAsInt());
    return Math.clamp(Integer.highestOneBit(fair), LEAST, MOST);
  }

  @Override
  @SuppressWarnings("deprecation") // The type of the handle is Netty's to choose.
  public RecvByteBufAllocator.Handle newHandle() {
    return new SizeHandle();
  }

  private final class SizeHandle extends MaxMessageHandle {
    private int size = LEAST;
    private boolean lessBefore;
    private ChannelConfig channel;
    private boolean first;

    @Override
    public void reset(ChannelConfig config) {
      super.reset(config);
      channel = config;
      first = true;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      if (!first && !channel.isAutoRead()) {
        throw NotWanted.INSTANCE;
      }
      first = false;
      return super.allocate(allocator);
    }

    @Override
    public int guess() {
      return channel.isAutoRead() ? Math.min(size, limit()) : LEAST;
    }

    @Override
    public void lastBytesRead(int bytes) {
      if (bytes == attemptedBytesRead() && bytes > 0) {
        size = Math.min(MOST, Math.max(size, bytes) << 2);
        lessBefore = false;
      } else if (bytes >= 0 && bytes < size >> 2) {
        // Twice in a row: the end of a burst is shorter than the burst.
        if (lessBefore) {
          size = Math.max(LEAST, size >> 1);
        }
        lessBefore = !lessBefore;
      }
      super.lastBytesRead(bytes);
    }
  }
}
