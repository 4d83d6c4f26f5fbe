package io.headrace.proxy;

import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes datagrams in. Each event loop has a socket of its own (SO_REUSEPORT); the kernel keeps a
 * client's datagrams on one of them.
 */
final class UdpListener implements Listener {
  private static final int AT_A_TIME = 16;

  private final List<UdpSessions> sockets = new ArrayList<>();

  private UdpListener() {}

  /**
   * Binds; datagrams wait until {@link #serve}.
   *
   * @throws ProxyException when the kernel refuses
   */
  static UdpListener bind(InetSocketAddress address, List<Loop> loops) {
    UdpListener listener = new UdpListener();
    try {
      for (Loop loop : loops) {
        listener.sockets.add(bind(address, loop));
      }
    } catch (Exception e) {
      listener.close();
      throw new ProxyException(e.getMessage());
    }
    return listener;
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
  public void close() {
    sockets.forEach(UdpSessions::close);
  }
}
