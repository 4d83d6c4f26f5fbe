package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side of a connection: what arrives here leaves by the other. It is read only while the other
 * takes it, what has been read is never lost, and the end of the one direction is passed on when
 * all before it is written, while the other direction goes on.
 *
 * <p>For the thread of the event loop.
 */
final class Side extends ChannelInboundHandlerAdapter implements ChannelFutureListener {
  private static final Logger LOG = LoggerFactory.getLogger(Side.class);

  private final Connection connection;
  private final SocketChannel channel;
  private final boolean client;
  private Side other;

  /** Null until a server has taken the connection. */
  private Relay relay;

  /** Of what the other side sends; null as {@link #relay}. */
  private Passage passage;

  /** Written to this side, and not yet taken by the kernel. */
  private int writesPending;

  private boolean inputEnded;
  private boolean outputEnded;

  /** The peer was told that no more comes: if no more comes from it either, Netty closes this. */
  private boolean isFinished;

  /** A write has failed: the peer has reset the connection, whatever reading may still say. */
  private boolean broken;

  /** What is done when all is written. */
  private Runnable whenWritten;

  Side(Connection connection, SocketChannel channel, boolean client) {
    this.connection = connection;
    this.channel = channel;
    this.client = client;
  }

  void pair(Side side) {
    other = side;
    side.other = this;
  }

  void carriedBy(Relay carrier) {
    relay = carrier;
    passage = carrier.passageTo(this);
  }

  boolean isClient() {
    return client;
  }

  SocketChannel channel() {
    return channel;
  }

  Side other() {
    return other;
  }

  /** Nothing more comes from here. */
  boolean inputEnded() {
    return inputEnded;
  }

  /** Nothing more goes out here. */
  boolean outputEnded() {
    return outputEnded;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (client) {
      connection.begin();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf data = (ByteBuf) message;
    if (relay == null) {
      connection.early(data);
    } else if (connection.isOver() || other.outputEnded) {
      data.release();
    } else {
      relay.carried(client, data.readableBytes());
      other.passage.read(connection.lastNs(), other.writesPending + 1);
      other.write(data);
      if (!other.channel.isWritable()) {
        pause();
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (relay == null) {
      connection.earlyComplete();
    } else if (!connection.isOver()) {
      other.channel.flush();
      if (!other.channel.isWritable()) {
        pause();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (relay != null && relay.isCarrying() && channel.isWritable()) {
      other.resume();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      endInput();
    }
  }

  private void endInput() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    pause();
    if (writesPending > 0 && connection.isReset(channel)) {
      // A write has met it, and taken the news with it; that it failed is told later.
      broken = true;
      outputEnded = true;
    }
    if (relay == null) {
      connection.earlyComplete();
    } else {
      relay.inputEnded(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof ReadSizes.NotWanted) {
      return;
    }
    if (!(cause instanceof IOException)) {
      LOG.error("a connection is closed", cause);
      connection.end(Ended.FAULT);
    }
    gone();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (isFinished) {
      endInput();
    } else {
      gone();
    }
  }

  private void gone() {
    if (connection.isOver()) {
      return;
    }
    if (relay != null) {
      relay.reset(this);
    } else if (client) {
      connection.end(Ended.CLIENT_GONE);
    }
  }

  /** Writes, without a flush. */
  void write(ByteBuf data) {
    writesPending++;
    channel.write(data).addListener(this);
  }

  /** A write is over. */
  @Override
  public void operationComplete(ChannelFuture written) {
    writesPending--;
    if (written.isSuccess()) {
      passage.written();
    } else if (!broken) {
      broken = true;
      outputEnded = true;
      other.pause();
      relay.outputBroken(this);
    }
    if (writesPending == 0 && whenWritten != null) {
      Runnable next = whenWritten;
      whenWritten = null;
      next.run();
    }
  }

  boolean isBroken() {
    return broken;
  }

  /** Passes the end of the other side's data on, behind the data. */
  void finish() {
    if (writesPending > 0) {
      Sockets.keepForEnd(channel);
    }
    afterWrites(
        () -> {
          boolean first = !outputEnded;
          outputEnded = true;
          relay.outputFinished();
          if (first && !connection.isOver()) {
            isFinished = true;
            channel.config().setAllowHalfClosure(false);
            Sockets.endOutput(channel);
          }
        });
  }

  /** Runs when all that was written is with the kernel, or cannot get there; replaces another. */
  void afterWrites(Runnable task) {
    if (writesPending == 0) {
      task.run();
    } else {
      whenWritten = task;
      channel.flush();
    }
  }

  /** Bytes that the kernel has not taken: while they become fewer, the peer reads. */
  long unwritten() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }

  void pause() {
    channel.config().setAutoRead(false);
  }

  void resume() {
    if (!inputEnded && !other.outputEnded) {
      channel.config().setAutoRead(true);
    }
  }

  /** Closes it with a reset. */
  void abort() {
    if (channel.isOpen()) {
      try {
        channel.config().setSoLinger(0);
      } catch (RuntimeException e) {
        // The peer was faster: there is nothing to reset.
        LOG.debug("no linger", e);
      }
      channel.close();
    }
  }
}
