package io.headrace.proxy;

import io.headrace.config.Protocol;
import io.headrace.proxy.ConnectionEnd.ServerName;
import io.headrace.registry.Server;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A client's datagrams to one server, and that server's answers. It has a socket of its own, so
 * that answers are told apart by their port. For the thread of its event loop.
 */
final class UdpSession extends ChannelInboundHandlerAdapter implements Loop.Lease {
  private static final int AT_A_TIME = 4;
  private static final int MOST_EARLY = 16;

  private final UdpSessions sessions;
  private final Loop loop;
  private final Frontend frontend;
  private final Backend backend;
  private final Member member;
  private final InetSocketAddress client;
  private final DatagramChannel channel;
  private final Instant opened;
  private final long start;
  private final Deque<ByteBuf> early = new ArrayDeque<>(1);
  private final TimedDatagrams toServer;
  private final TimedDatagrams toClient;
  private InetSocketAddress local;
  private boolean ended;
  private boolean flushed = true;
  private long lastNs;
  private long bytesFromClient;
  private long bytesFromServer;

  UdpSession(
      UdpSessions sessions,
      Frontend frontend,
      Backend backend,
      Member member,
      InetSocketAddress client,
      Instant opened) {
    this.sessions = sessions;
    this.loop = sessions.loop();
    this.frontend = frontend;
    this.backend = backend;
    this.member = member;
    this.client = client;
    this.channel = loop.transport().datagrams().newChannel();
    Loop.configureDatagrams(channel, AT_A_TIME);
    this.opened = opened;
    this.lastNs = loop.now();
    this.start = lastNs - Duration.between(opened, Instant.now()).toNanos();
    this.toServer = new TimedDatagrams(frontend.counts().passage(false));
    this.toClient = new TimedDatagrams(frontend.counts().passage(true));
  }

  void open() {
    connect(() -> {});
  }

  /** With a session of the process before, in whose socket answers may wait already. */
  void goOn(MovingSession before) {
    bytesFromClient = before.bytesFromClient();
    bytesFromServer = before.bytesFromServer();
    channel.config().setAutoRead(false);
    connect(
        () -> {
          Sockets.replace(channel, before.descriptor());
          local = before.local();
          channel.config().setAutoRead(true);
        });
  }

  private void connect(Runnable then) {
    loop.add(this);
    member.counts().opened();
    channel.pipeline().addLast(this);
    loop.executor()
        .register(channel)
        .addListener(
            _ ->
                channel
                    .connect(member.server().address())
                    .addListener(connecting -> connected(connecting, then)));
  }

  private void connected(Future<? super Void> connecting, Runnable then) {
    if (ended) {
      return;
    }
    if (!connecting.isSuccess()) {
      member.counts().failed();
      end(Ended.CONNECT_FAILED);
      return;
    }
    local = channel.localAddress();
    then.run();
    early.forEach(data -> toServer.write(channel, data));
    early.clear();
    channel.flush();
  }

  /** Whether the server's answers are read here. */
  void read(boolean wanted) {
    channel.config().setAutoRead(wanted);
  }

  /**
   * This session as another process can have it; empty before it is connected.
   *
   * @param socket the place of the one that it came in by
   */
  Optional<MovingSession> moving(int socket) {
    return Optional.ofNullable(local)
        .map(
            from ->
                new MovingSession(
                    frontend.service().listen(),
                    socket,
                    client,
                    member.server().address(),
                    from,
                    opened,
                    bytesFromClient,
                    bytesFromServer,
                    Sockets.descriptor(channel)));
  }

  /** Another process has it; what was read here already still goes its way. */
  void forget() {
    if (local != null && !ended) {
      ended = true;
      giveBack();
      frontend.counts().moved();
    }
  }

  boolean isServerUp() {
    return loop.roster().isUp(member.server());
  }

  /**
   * Sends a datagram to the server.
   *
   * @return whether a flush is needed, and was not before
   */
  boolean send(ByteBuf data) {
    lastNs = loop.now();
    if (!channel.isOpen()
        || (channel.isActive() ? !channel.isWritable() : early.size() == MOST_EARLY)) {
      frontend.counts().dropped();
      data.release();
      return false;
    }
    bytesFromClient += data.readableBytes();
    carried(true, data.readableBytes());
    toServer.read(lastNs);
    if (!channel.isActive()) {
      early.add(data);
      return false;
    }
    toServer.write(channel, data);
    boolean first = flushed;
    flushed = false;
    return first;
  }

  void flush() {
    flushed = true;
    channel.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    lastNs = loop.now();
    if (!sessions.channel().isWritable()) {
      frontend.counts().dropped();
      packet.release();
      return;
    }
    member.server().flows().succeeded();
    ByteBuf data = Loop.fitted(packet.content());
    bytesFromServer += data.readableBytes();
    carried(false, data.readableBytes());
    toClient.read(lastNs);
    toClient.write(sessions.channel(), new DatagramPacket(data, client));
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    sessions.channel().flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      // The server's machine says that nobody listens there.
      member.counts().refused();
      member.server().flows().failed();
    }
    end(cause instanceof IOException ? Ended.SERVER_RESET : Ended.FAULT);
  }

  private void carried(boolean fromClient, int bytes) {
    frontend.counts().carried(fromClient, bytes);
    member.counts().carried(fromClient, bytes);
  }

  @Override
  public void sweep(long nowNs) {
    if (nowNs - lastNs > frontend.config().idleTimeout().toNanos()) {
      end(Ended.DONE);
    }
  }

  @Override
  public Optional<OpenConnection> look() {
    Server server = member.server();
    return Optional.of(
        new OpenConnection(
            Protocol.UDP,
            bytesFromServer == 0 ? OpenConnection.Stage.OPENING : OpenConnection.Stage.OPEN,
            client,
            frontend.service().listen(),
            frontend.service().id(),
            Optional.ofNullable(local)
                .map(from -> new OpenConnection.Onward(server.id(), server.address(), from)),
            lastNs + frontend.config().idleTimeout().toNanos()));
  }

  @Override
  public void end(Ended how) {
    if (ended) {
      return;
    }
    ended = true;
    early.forEach(ByteBuf::release);
    early.clear();
    channel.close();
    giveBack();
    long duration = loop.now() - start;
    frontend.counts().closed(how, duration);
    loop.tell(
        new ConnectionEnd(
            opened,
            frontend.service().name(),
            Protocol.UDP,
            client,
            Optional.empty(),
            backend.pool().name(),
            Optional.of(new ServerName(member.server().name(), member.server().address())),
            bytesFromClient,
            bytesFromServer,
            Duration.ZERO,
            Duration.ofNanos(duration),
            how));
    sessions.ended(client);
  }

  private void giveBack() {
    loop.remove(this);
    member.counts().closed();
    member.give();
    backend.room().wakeFirst();
    frontend.limit().give();
    loop.limits().give();
  }
}
