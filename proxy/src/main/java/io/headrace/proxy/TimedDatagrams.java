package io.headrace.proxy;

import io.headrace.counters.Times;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;

/**
 * The datagrams of a session in one direction: how long each takes from its read until the kernel
 * has it for the other side. Those that the kernel refuses have no time. For the thread of the
 * event loop.
 */
final class TimedDatagrams implements ChannelFutureListener {
  private final Passage passage;

  /** That were read, and are not yet with the kernel. */
  private int pending;

  TimedDatagrams(Times times) {
    passage = new Passage(times);
  }

  /** One was read, and is to be written. */
  void read(long nowNs) {
    passage.read(nowNs, ++pending);
  }

  /** Writes the next of those that were read, without a flush. */
  void write(Channel channel, Object datagram) {
    channel.write(datagram).addListener(this);
  }

  @Override
  public void operationComplete(ChannelFuture written) {
    pending--;
    if (written.isSuccess()) {
      passage.written();
    } else {
      passage.forget();
    }
  }
}
