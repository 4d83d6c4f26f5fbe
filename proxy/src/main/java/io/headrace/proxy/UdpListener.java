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

  /** What {@link #serve} goes on with. */
  private List<MovingSession> before = List.of();

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
      for (int i = 0; i < inherited.size(); i++) {
        UdpSessions sessions = bind(ANYWHERE, loops.get(i % loops.size()));
        listener.sockets.add(sessions);
        Sockets.replace(sessions.channel(), inherited.get(i));
      }
      // One more beside them would have the kernel move clients from one to another.
      if (inherited.isEmpty()) {
        loops.forEach(loop -> listener.sockets.add(bind(address, loop)));
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

  /** Has {@link #serve} go on with those that came in here, before any datagram is read. */
  void inherit(List<MovingSession> sessions) {
    before = sessions.stream().filter(each -> each.listen().equals(address)).toList();
  }

  @Override
  public void serve(Frontend frontend) {
    for (int i = 0; i < sockets.size(); i++) {
      int socket = i;
      sockets
          .get(i)
          .serve(frontend, before.stream().filter(each -> each.socket() == socket).toList());
    }
    before = List.of();
  }

  /** The sessions that there are, for another process; {@link #leave} is to come first. */
  List<MovingSession> moving() {
    List<MovingSession> moving = new ArrayList<>();
    for (int i = 0; i < sockets.size(); i++) {
      moving.addAll(sockets.get(i).moving(i));
    }
    return moving;
  }

  /** The other process has those that are {@link #moving}. */
  void forget() {
    sockets.forEach(UdpSessions::forget);
  }

  @Override
  public List<Integer> descriptors() {
    return sockets.stream().map(socket -> Sockets.descriptor(socket.channel())).toList();
  }

  @Override
  public void leave() {
    sockets.forEach(socket -> socket.read(false));
  }

  @Override
  public void stay() {
    sockets.forEach(socket -> socket.read(true));
  }

  @Override
  public void close() {
    sockets.forEach(UdpSessions::close);
  }
}
