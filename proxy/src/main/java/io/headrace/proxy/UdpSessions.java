package io.headrace.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of a frontend over UDP on one event loop: a client's address and port, and the
 * server that its datagrams go to. For the thread of the loop, but for {@link #serve}, {@link
 * #close} and {@link #reopen}.
 */
final class UdpSessions extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(UdpSessions.class);

  private final Loop loop;
  private final DatagramChannel channel;
  private final Map<InetSocketAddress, UdpSession> sessions = new HashMap<>();
  private final List<UdpSession> written = new ArrayList<>();
  private volatile Frontend frontend;
  private volatile boolean closing;

  UdpSessions(Loop loop, DatagramChannel channel) {
    this.loop = loop;
    this.channel = channel;
  }

  void serve(Frontend served) {
    frontend = served;
    channel.config().setAutoRead(true);
  }

  /** The sessions that there are go on. Waits for the loop. */
  void close() {
    closing = true;
    loop.executor().submit(this::closeIfUnused).awaitUninterruptibly();
    if (!channel.isOpen()) {
      channel.closeFuture().awaitUninterruptibly();
    }
  }

  /** Takes {@link #close} back; false when there was no session to wait for. Waits for the loop. */
  boolean reopen() {
    return loop.executor()
        .submit(
            () -> {
              closing = !channel.isOpen();
              return !closing;
            })
        .syncUninterruptibly()
        .getNow();
  }

  Loop loop() {
    return loop;
  }

  DatagramChannel channel() {
    return channel;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    InetSocketAddress client = packet.sender();
    UdpSession session = sessions.get(client);
    if (session != null && !session.isServerUp()) {
      session.end(Ended.DONE);
      session = null;
    }
    if (session == null && !closing) {
      session = open(client);
    }
    if (session == null) {
      packet.release();
      return;
    }
    if (session.send(Loop.fitted(packet.content()))) {
      written.add(session);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    written.forEach(UdpSession::flush);
    written.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("a datagram could not be received or sent", cause);
  }

  private UdpSession open(InetSocketAddress client) {
    Frontend now = frontend;
    Backend backend = loop.roster().current(now.backend());
    now.counts().opened();
    if (!now.allows(client.getAddress())) {
      now.counts().closed(Ended.DENIED, 0);
    } else if (!now.rate().admit(client.getAddress(), loop.now())) {
      now.counts().closed(Ended.RATE, 0);
    } else if (!now.limit().take()) {
      now.counts().closed(Ended.QUEUE_FULL, 0);
    } else if (!loop.limits().take()) {
      now.limit().give();
      now.counts().closed(loop.limits().refusal(), 0);
    } else {
      Member member = backend.choose(client, Set.of());
      UdpSession session = member == null ? null : newSession(now, backend, member, client);
      if (session != null) {
        sessions.put(client, session);
        session.open();
        return session;
      }
      now.limit().give();
      loop.limits().give();
      now.counts().closed(member == null ? Ended.NO_SERVER : Ended.NO_DESCRIPTOR, 0);
    }
    return null;
  }

  private UdpSession newSession(
      Frontend now, Backend backend, Member member, InetSocketAddress client) {
    try {
      return new UdpSession(this, now, backend, member, client);
    } catch (RuntimeException e) {
      // No descriptor is left.
      member.counts().failed();
      member.give();
      backend.room().wakeFirst();
      return null;
    }
  }

  void ended(InetSocketAddress client) {
    sessions.remove(client);
    if (closing) {
      closeIfUnused();
    }
  }

  private void closeIfUnused() {
    if (sessions.isEmpty()) {
      channel.close();
    }
  }
}
