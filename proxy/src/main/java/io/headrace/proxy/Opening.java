package io.headrace.proxy;

import io.headrace.registry.Server;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds a server for a connection and connects to it; where one does not take it, the next. For the
 * thread of the event loop.
 */
final class Opening {
  private final Connection connection;
  private final Loop loop;
  private final FrontendCounts counts;
  private final InetSocketAddress client;

  /** Servers that did not take it. Never changed but replaced: those who wait read each other's. */
  private volatile List<Member> tried = List.of();

  private Backend backend;
  private Member member;
  private Side server;
  private boolean isConnecting;
  private long startNs;

  /**
   * @param client for the scheduler
   */
  Opening(
      Connection connection,
      Loop loop,
      FrontendCounts counts,
      Backend backend,
      InetSocketAddress client) {
    this.connection = connection;
    this.loop = loop;
    this.counts = counts;
    this.backend = backend;
    this.client = client;
  }

  Backend backend() {
    return backend;
  }

  /** The server that is being tried or has taken it; null before. */
  Member member() {
    return member;
  }

  /** The side of {@link #member}; null before. */
  Side server() {
    return server;
  }

  /** The way to a server that has taken it; empty where that is closed already. */
  Optional<OpenConnection.Onward> onward() {
    Server taker = member.server();
    return Optional.ofNullable(server.channel().localAddress())
        .map(local -> new OpenConnection.Onward(taker.id(), taker.address(), local));
  }

  /** Whether a server has been asked and has not answered. */
  boolean isConnecting() {
    return isConnecting;
  }

  /** Goes to a server, now or when there is a place at one. */
  void begin() {
    backend = loop.roster().current(backend);
    if (!backend.hasUntried(tried)) {
      connection.end(tried.isEmpty() ? Ended.NO_SERVER : Ended.CONNECT_FAILED);
    } else if (!choose()) {
      if (connection.await(backend.room(), this::takeServer, () -> tried)) {
        connection.lookAgain(backend.hasRoom(tried));
      } else if (!choose()) {
        connection.end(Ended.QUEUE_FULL);
      }
    }
  }

  /** Nobody overtakes those who wait. */
  private boolean choose() {
    Member chosen = backend.room().isEmpty() ? backend.choose(client, tried) : null;
    if (chosen != null) {
      connect(chosen);
    }
    return chosen != null;
  }

  private void takeServer() {
    backend = loop.roster().current(backend);
    Member chosen = backend.choose(client, tried);
    if (chosen != null) {
      connection.served();
      connect(chosen);
    } else {
      connection.waitOn();
      // The place may be at a server that this one has tried, and good for one behind it.
      if (backend.hasRoom(List.of())) {
        backend.room().wakeFirst(backend::hasRoom);
      }
    }
  }

  private void connect(Member chosen) {
    isConnecting = true;
    member = chosen;
    startNs = loop.now();
    SocketChannel channel;
    try {
      channel = loop.newConnection();
    } catch (RuntimeException e) {
      // No descriptor is left.
      chosen.counts().failed();
      connectFailed();
      return;
    }
    channel.config().setConnectTimeoutMillis((int) backend.config().connectTimeout().toMillis());
    server = new Side(connection, channel, false);
    server.pair(connection.client());
    channel.pipeline().addLast(server);
    loop.executor()
        .register(channel)
        .addListener(_ -> channel.connect(chosen.server().address()).addListener(this::connected));
  }

  private void connected(Future<? super Void> connecting) {
    if (connection.isOver() || !isConnecting || server == null) {
      return;
    }
    SocketChannel channel = server.channel();
    if (connecting.isSuccess() && !channel.localAddress().equals(channel.remoteAddress())) {
      isConnecting = false;
      connection.relay(startNs);
      return;
    }
    Throwable cause = connecting.cause();
    if (cause instanceof ConnectTimeoutException) {
      member.counts().timedOut();
      member.server().flows().failed();
    } else if (cause == null || cause instanceof ConnectException) {
      // On loopback, a port that nobody listens on can be connected to itself.
      member.counts().refused();
      member.server().flows().failed();
    } else {
      member.counts().failed();
    }
    server.abort();
    connectFailed();
  }

  private void connectFailed() {
    Member failed = member;
    isConnecting = false;
    leave();
    server = null;
    List<Member> more = new ArrayList<>(tried);
    more.add(failed);
    tried = List.copyOf(more);
    if (tried.size() <= backend.config().retries() && backend.hasUntried(tried)) {
      counts.retried();
      begin();
    } else {
      connection.end(Ended.CONNECT_FAILED);
    }
  }

  /** Gives the place at the server back, if there is one. */
  void leave() {
    if (member != null) {
      member.give();
      member = null;
      backend.room().wakeFirst();
    }
  }
}
