package io.headrace.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of a frontend over UDP on one event loop: a client's address and port, and the
 * server that its datagrams go to. What says that it waits for the loop, and {@link #serve} and
 * {@link #read}, are for the thread of the changes; the rest is for that of the loop.
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

  /** Goes on with the sessions of a process before, and then lets clients in. */
  void serve(Frontend served, List<MovingSession> before) {
    frontend = served;
    loop.executor()
        .execute(
            () -> {
              before.forEach(this::goOn);
              channel.config().setAutoRead(true);
            });
  }

  /** Whether what clients send, and what servers do, is read here, once it is served. */
  void read(boolean wanted) {
    if (frontend == null) {
      return;
    }
    channel.config().setAutoRead(wanted);
    loop.executor().execute(() -> sessions.values().forEach(each -> each.read(wanted)));
  }

  /**
   * The sessions as another process can have them. Waits for the loop.
   *
   * @param socket the place of this one among those of its address
   */
  List<MovingSession> moving(int socket) {
    return loop.executor()
        .submit(
            () -> sessions.values().stream().flatMap(each -> each.moving(socket).stream()).toList())
        .syncUninterruptibly()
        .getNow();
  }

  /** Another process has the sessions; a late datagram finds them still. Waits for the loop. */
  void forget() {
    loop.executor()
        .submit(() -> sessions.values().forEach(UdpSession::forget))
        .awaitUninterruptibly();
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
      if (member != null) {
        return open(now, backend, member, client);
      }
      now.limit().give();
      loop.limits().give();
      now.counts().closed(Ended.NO_SERVER, 0);
    }
    return null;
  }

  private UdpSession open(Frontend now, Backend backend, Member member, InetSocketAddress client) {
    UdpSession session = newSession(now, backend, member, client, Instant.now()).orElse(null);
    if (session == null) {
      now.counts().closed(Ended.NO_DESCRIPTOR, 0);
    } else {
      sessions.put(client, session);
      session.open();
    }
    return session;
  }

  /** With a session of the process before; where it cannot be, its client begins anew. */
  private void goOn(MovingSession before) {
    Frontend now = frontend;
    Backend backend = loop.roster().current(now.backend());
    Optional<UdpSession> session =
        loop.roster()
            .member(backend, before.server())
            .filter(member -> now.allows(before.client().getAddress()) && take(now, member))
            .flatMap(member -> newSession(now, backend, member, before.client(), before.opened()));
    if (session.isEmpty()) {
      Sockets.close(before.descriptor());
      return;
    }
    now.counts().opened();
    sessions.put(before.client(), session.get());
    session.get().goOn(before);
  }

  /** Takes all places that a session needs, or none. */
  private boolean take(Frontend now, Member member) {
    if (!now.limit().take()) {
      return false;
    }
    if (loop.limits().take()) {
      if (member.take()) {
        return true;
      }
      loop.limits().give();
    }
    now.limit().give();
    return false;
  }

  private Optional<UdpSession> newSession(
      Frontend now, Backend backend, Member member, InetSocketAddress client, Instant opened) {
    try {
      return Optional.of(new UdpSession(this, now, backend, member, client, opened));
    } catch (RuntimeException e) {
      // No descriptor is left.
      member.counts().failed();
      member.give();
      backend.room().wakeFirst();
      now.limit().give();
      loop.limits().give();
      return Optional.empty();
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
