package io.headrace.proxy;

import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes datagrams in. Each event loop has a socket of its own (SO_REUSEPORT); the kernel keeps a
 * client's datagrams on one of them.
 */
final class UdpListener implements Listener {
  private static final int AT_A_TIME = 16;
  private static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final InetSocketAddress address;
  private final List<UdpSessions> sockets = new ArrayList<>();

  private UdpListener(InetSocketAddress address) {
    this.address = address;
  }

  /**
   * Binds; datagrams wait until {@link #serve}.
   *
   * @param inherited sockets that are bound there already, and are taken over
   * @throws ProxyException when the kernel refuses
   */
  static UdpListener bind(InetSocketAddress address, List<Loop> loops, List<Integer> inherited) {
    UdpListener listener = new UdpListener(address);
    try {
      for (int i = 0; i < Math.max(loops.size(), inherited.size()); i++) {
        Loop loop = loops.get(i % loops.size());
        if (i < inherited.size()) {
          UdpSessions sessions = bind(ANYWHERE, loop);
          listener.sockets.add(sessions);
          Sockets.replace(sessions.channel(), inherited.get(i));
        } else {
          listener.sockets.add(bind(address, loop));
        }
      }
    } catch (Exception e) {
      listener.close();
      throw new ProxyException(e.getMessage());
    }
    return listener;
  }

  /** Whether {@link #close} has left nothing: a session needs the socket that it came in by. */
  boolean isClosed() {
    return sockets.stream().noneMatch(socket -> socket.channel().isOpen());
  }

  /**
   * Listens again after {@link #close}, beside the sessions that go on; datagrams of others wait
   * until {@link #serve}.
   *
   * @throws ProxyException when the kernel refuses
   */
  void reopen() {
    try {
      // Those without a session are closed.
      sockets.replaceAll(socket -> socket.reopen() ? socket : bind(address, socket.loop()));
    } catch (Exception e) {
      close();
      throw new ProxyException(e.getMessage());
    }
  }

  private static UdpSessions bind(InetSocketAddress address, Loop loop) {
    DatagramChannel channel = loop.transport().datagrams().newChannel();
    Loop.configureDatagrams(channel, AT_A_TIME);
    channel.config().setAutoRead(false);
    channel.config().setOption(loop.transport().reusePort(), true);
    UdpSessions sessions = new UdpSessions(loop, channel);
    channel.pipeline().addLast(sessions);
    Channel registered = loop.executor().register(channel).syncUninterruptibly().channel();
    try {
      registered.bind(address).syncUninterruptibly();
    } catch (Exception e) {
      registered.close();
      throw e;
    }
    return sessions;
  }

  @Override
  public void serve(Frontend frontend) {
    sockets.forEach(socket -> socket.serve(frontend));
  }

  @Override
  public List<Integer> descriptors() {
    return sockets.stream().map(socket -> Sockets.descriptor(socket.channel())).toList();
  }

  /** Sessions get their servers' answers, and no more of what their clients send. */
  @Override
  public void leave() {
    sockets.forEach(socket -> socket.channel().config().setAutoRead(false));
  }

  @Override
  public void close() {
    sockets.forEach(UdpSessions::close);
  }
}
