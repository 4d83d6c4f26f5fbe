package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * An event loop and what lives on it. Both sides of a connection are on the same one, so that
 * nothing of a connection is shared. For the loop's own thread, but where it says otherwise.
 */
final class Loop {
  private static final long SWEEP_MS = 500;

  /** What may wait for a slow reader, beyond one read, before the other side is read no more. */
  private static final WriteBufferWaterMark HELD_BACK = new WriteBufferWaterMark(8 << 10, 16 << 10);

  /** Data is counted by what it keeps in memory: a byte that came alone keeps a whole buffer. */
  private static final MessageSizeEstimator BY_MEMORY =
      () -> message -> message instanceof ByteBuf data ? data.capacity() : 0;

  private static final int LARGEST_DATAGRAM = 65535;
  private static final int DATAGRAM_BUFFER = 1 << 20;

  private final EventLoop executor;
  private final Transport transport;
  private final ProcessLimits limits;
  private final Roster roster;
  private final Consumer<ConnectionEnd> ends;
  private final ReadSizes readSizes;
  private final Set<Lease> leases = new LinkedHashSet<>();

  /** Something that is closed when it has been idle for long, and at the stop. */
  interface Lease {
    /** Ends it if it has carried nothing for its time. */
    void sweep(long nowNs);

    /** Ends it, for a reason that is not its own. */
    void end(Ended how);

    /** What it is now; empty where its client is gone already. */
    Optional<OpenConnection> look();
  }

  /**
   * @param loops how many share the memory
   * @param ends hears of each connection that is over; any thread
   */
  Loop(
      EventLoop executor,
      int loops,
      Transport transport,
      ProcessLimits limits,
      Roster roster,
      Consumer<ConnectionEnd> ends) {
    this.executor = executor;
    this.roster = roster;
    this.transport = transport;
    this.limits = limits;
    this.ends = ends;
    this.readSizes = new ReadSizes(limits.readBudget() / loops, leases::size);
    executor.scheduleWithFixedDelay(this::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS);
  }

  /** Any thread may run tasks here. */
  EventLoop executor() {
    return executor;
  }

  /** Any thread. */
  Roster roster() {
    return roster;
  }

  /** Any thread. */
  ProcessLimits limits() {
    return limits;
  }

  Transport transport() {
    return transport;
  }

  /** Nanoseconds, as {@link System#nanoTime}; any thread. */
  long now() {
    return System.nanoTime();
  }

  void add(Lease lease) {
    leases.add(lease);
  }

  void remove(Lease lease) {
    leases.remove(lease);
  }

  void tell(ConnectionEnd end) {
    ends.accept(end);
  }

  private void sweep() {
    long now = now();
    copy().forEach(lease -> lease.sweep(now));
  }

  /** Ends all that lives here. */
  void stop() {
    copy().forEach(lease -> lease.end(Ended.STOPPED));
  }

  /** What lives here. */
  List<OpenConnection> connections() {
    return leases.stream().flatMap(lease -> lease.look().stream()).toList();
  }

  /** Ends what an operator wants to end, and answers how many that were. */
  long close(Predicate<OpenConnection> wanted) {
    List<Lease> ended = copy();
    ended.removeIf(lease -> lease.look().filter(wanted).isEmpty());
    ended.forEach(lease -> lease.end(Ended.CLOSED));
    return ended.size();
  }

  private List<Lease> copy() {
    return new ArrayList<>(leases);
  }

  /** A channel to a server, not yet registered. */
  SocketChannel newConnection() {
    SocketChannel channel = transport.connecting().newChannel();
    configure(channel);
    return channel;
  }

  /**
   * What both sides of a connection have in common. Netty must neither read unasked nor close by
   * itself: after a write that failed there may be data to read. That nothing waits for more to
   * send (TCP_NODELAY) it asks of the kernel unasked.
   */
  void configure(SocketChannel channel) {
    SocketChannelConfig config = channel.config();
    config.setAutoRead(false);
    config.setAutoClose(false);
    config.setAllowHalfClosure(true);
    config.setKeepAlive(true);
    config.setRecvByteBufAllocator(readSizes);
    config.setWriteBufferWaterMark(HELD_BACK);
    config.setMessageSizeEstimator(BY_MEMORY);
  }

  /** A datagram in memory of its own size: it came in a buffer for the largest. */
  static ByteBuf fitted(ByteBuf datagram) {
    if (datagram.readableBytes() > datagram.capacity() / 2) {
      return datagram;
    }
    ByteBuf fitted = datagram.alloc().directBuffer(datagram.readableBytes());
    fitted.writeBytes(datagram);
    datagram.release();
    return fitted;
  }

  /** What every channel for UDP has. */
  static void configureDatagrams(Channel channel, int atATime) {
    ChannelConfig config = channel.config();
    config.setRecvByteBufAllocator(
        new FixedRecvByteBufAllocator(LARGEST_DATAGRAM).maxMessagesPerRead(atATime));
    config.setOption(ChannelOption.SO_RCVBUF, DATAGRAM_BUFFER);
    config.setAutoRead(true);
  }
}
