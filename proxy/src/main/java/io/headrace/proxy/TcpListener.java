package io.headrace.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections. Each event loop has a socket of its own (SO_REUSEPORT), among which the
 * kernel spreads them.
 */
final class TcpListener implements Listener {
  private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);
  private static final int BACKLOG = 4096;
  private static final long PAUSE_MS = 1_000;
  private static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final InetSocketAddress address;
  private final List<Channel> sockets = new ArrayList<>();
  private volatile Frontend frontend;

  private TcpListener(InetSocketAddress address) {
    this.address = address;
  }

  /**
   * Binds; clients wait until {@link #serve}.
   *
   * @param inherited sockets that listen there already: each is taken over, as clients wait in it
   * @throws ProxyException when the kernel refuses
   */
  static TcpListener bind(InetSocketAddress address, List<Loop> loops, List<Integer> inherited) {
    TcpListener listener = new TcpListener(address);
    try {
      for (int i = 0; i < Math.max(loops.size(), inherited.size()); i++) {
        Loop loop = loops.get(i % loops.size());
        if (i < inherited.size()) {
          Channel channel = listener.bind(loop, ANYWHERE);
          listener.sockets.add(channel);
          Sockets.replace(channel, inherited.get(i));
        } else {
          listener.sockets.add(listener.bind(loop, address));
        }
      }
    } catch (Exception e) {
      listener.close();
      throw new ProxyException(e.getMessage());
    }
    return listener;
  }

  private Channel bind(Loop loop, InetSocketAddress where) {
    ServerSocketChannel socket = loop.transport().listening().newChannel();
    socket.config().setReuseAddress(true);
    socket.config().setOption(loop.transport().reusePort(), true);
    socket.config().setBacklog(BACKLOG);
    socket.config().setAutoRead(false);
    socket.pipeline().addLast(new Accepting(loop));
    loop.executor().register(socket).syncUninterruptibly();
    try {
      socket.bind(where).syncUninterruptibly();
    } catch (Exception e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  @Override
  public void serve(Frontend served) {
    boolean first = frontend == null;
    frontend = served;
    if (first) {
      stay();
    }
  }

  @Override
  public List<Integer> descriptors() {
    return sockets.stream().map(Sockets::descriptor).toList();
  }

  @Override
  public void leave() {
    sockets.forEach(socket -> socket.config().setAutoRead(false));
  }

  @Override
  public void stay() {
    if (frontend != null) {
      sockets.forEach(socket -> socket.config().setAutoRead(true));
    }
  }

  @Override
  public void close() {
    sockets.stream().map(Channel::close).toList().forEach(ChannelFuture::awaitUninterruptibly);
  }

  /** Takes in who comes, on the event loop of its socket. */
  private final class Accepting extends ChannelInboundHandlerAdapter {
    private final Loop loop;

    Accepting(Loop loop) {
      this.loop = loop;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      SocketChannel accepted = (SocketChannel) message;
      loop.configure(accepted);
      accepted.pipeline().addLast(new Connection(loop, frontend, accepted).client());
      loop.executor().register(accepted);
    }

    /** Without a descriptor left nothing can be accepted: a pause, instead of a storm of errors. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Channel socket = context.channel();
      LOG.warn("{}: no connection can be accepted: {}", address, cause.getMessage());
      socket.config().setAutoRead(false);
      loop.executor()
          .schedule(() -> socket.config().setAutoRead(true), PAUSE_MS, TimeUnit.MILLISECONDS);
    }
  }
}
