package io.headrace.proxy;

import io.headrace.config.OnDown;
import io.headrace.config.Protocol;
import io.headrace.config.QueueConfig;
import io.headrace.proxy.ConnectionEnd.ServerName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A connection over TCP, from accept to end: it is let in or not, tells who and what for where that
 * is asked, waits for a place where there is none, is connected to a server and carried. For the
 * thread of its event loop, but for {@link #wake}.
 */
final class Connection implements Loop.Lease {
  private static final Duration PEEK = Duration.ofSeconds(5);

  private final Loop loop;
  private final Frontend frontend;
  private final Side client;
  private final Instant accepted = Instant.now();
  private final long start;

  /** Servers that did not take it. Never changed but replaced: those who wait read each other's. */
  private volatile List<Member> tried = List.of();

  private Stage stage = Stage.STARTING;
  private Backend backend;
  private InetSocketAddress source;
  private InetSocketAddress destination;
  private Optional<String> serverName = Optional.empty();

  /** What the client has sent before a server is there to take it. */
  private ByteBuf held;

  private Side server;
  private Member member;
  private boolean hasDescriptors;
  private boolean hasPlace;
  private long connectStart;
  private long connectNs;
  private long connectedNs;
  private boolean answered;
  private WaitingRoom waitingIn;
  private Runnable whenWoken;
  private ScheduledFuture<?> deadline;

  /** The side that has reset the connection, while what it sent before still goes out. */
  private Side resetBy;

  private long lastNs;
  private long unwritten;
  private long bytesFromClient;
  private long bytesFromServer;

  private enum Stage {
    STARTING,
    PEEKING_HEADER,
    PEEKING_NAME,
    WAITING,
    CONNECTING,
    RELAYING,
    ENDED
  }

  Connection(Loop loop, Frontend frontend, SocketChannel channel) {
    this.loop = loop;
    this.frontend = frontend;
    this.client = new Side(this, channel, true);
    this.backend = frontend.backend();
    this.start = loop.now();
    this.lastNs = start;
  }

  Side client() {
    return client;
  }

  // ---- Who comes in.

  void begin() {
    frontend.counts().opened();
    loop.add(this);
    source = client.channel().remoteAddress();
    destination = client.channel().localAddress();
    hasDescriptors = loop.descriptors().take();
    if (source == null || destination == null) {
      end(Ended.CLIENT_GONE);
    } else if (!hasDescriptors) {
      end(Ended.NO_DESCRIPTOR);
    } else if (!frontend.config().acceptProxy()) {
      admit();
    } else if (frontend.trusts(source.getAddress())) {
      peek(Stage.PEEKING_HEADER);
    } else {
      end(Ended.UNTRUSTED);
    }
  }

  private void admit() {
    if (!frontend.allows(source.getAddress())) {
      end(Ended.DENIED);
    } else if (!frontend.rate().admit(source.getAddress(), loop.now())) {
      end(Ended.RATE);
    } else if (frontend.room().isEmpty() && frontend.limit().take()) {
      placed();
    } else {
      await(frontend.room(), this::takePlace);
      lookAgain(frontend.limit().hasRoom());
    }
  }

  private void takePlace() {
    if (frontend.limit().take()) {
      served();
      placed();
    } else {
      frontend.room().rejoin(this);
      lookAgain(frontend.limit().hasRoom());
    }
  }

  /** A place may have been given back just before this one joined those who wait. */
  private void lookAgain(boolean hasRoom) {
    if (hasRoom && waitingIn != null) {
      waitingIn.wakeFirst();
    }
  }

  private void placed() {
    hasPlace = true;
    if (frontend.sni().isEmpty()) {
      route();
    } else {
      peek(Stage.PEEKING_NAME);
    }
  }

  // ---- What it says first.

  private void peek(Stage what) {
    stage = what;
    setDeadline(PEEK, () -> peekedInVain(false));
    peeked();
  }

  /** Data that came before there was a server. */
  void early(ByteBuf data) {
    lastNs = loop.now();
    if (stage == Stage.ENDED) {
      data.release();
    } else if (held == null) {
      held = data;
    } else {
      held.writeBytes(data);
      data.release();
    }
  }

  void earlyComplete() {
    if (stage == Stage.PEEKING_HEADER || stage == Stage.PEEKING_NAME) {
      peeked();
    }
  }

  private void peeked() {
    boolean done =
        stage == Stage.PEEKING_HEADER ? held != null && peekHeader() : held != null && peekName();
    if (!done && client.inputEnded()) {
      peekedInVain(true);
    } else if (!done) {
      client.channel().read();
    }
  }

  private boolean peekHeader() {
    switch (ProxyHeader.read(held)) {
      case ProxyHeader.Incomplete() -> {
        return false;
      }
      case ProxyHeader.Malformed() -> end(Ended.BAD_PROXY_HEADER);
      case ProxyHeader.Local() -> headerRead();
      case ProxyHeader.Ends(InetSocketAddress from, InetSocketAddress to) -> {
        source = from;
        destination = to;
        headerRead();
      }
    }
    return true;
  }

  private void headerRead() {
    cancelDeadline();
    stage = Stage.STARTING;
    admit();
  }

  private boolean peekName() {
    switch (ClientHello.read(held)) {
      case ClientHello.Incomplete() -> {
        return false;
      }
      case ClientHello.Unnamed() -> nameRead();
      case ClientHello.Named(String name) -> {
        serverName = Optional.of(name);
        backend = frontend.backend(name);
        nameRead();
      }
    }
    return true;
  }

  private void nameRead() {
    cancelDeadline();
    route();
  }

  private void peekedInVain(boolean inputEnded) {
    if (stage == Stage.PEEKING_HEADER) {
      end(inputEnded && held == null ? Ended.CLIENT_GONE : Ended.BAD_PROXY_HEADER);
    } else if (inputEnded && held == null) {
      end(Ended.CLIENT_GONE);
    } else {
      // The server may be the one to speak first.
      nameRead();
    }
  }

  // ---- Waiting for a place.

  private void await(WaitingRoom room, Runnable then) {
    if (!room.join(this)) {
      end(Ended.QUEUE_FULL);
      return;
    }
    stage = Stage.WAITING;
    waitingIn = room;
    whenWoken = then;
    QueueConfig queue = room.config();
    setDeadline(queue.timeout(), () -> end(Ended.QUEUE_TIMEOUT));
  }

  /** A place may be free. Any thread. */
  void wake() {
    loop.executor()
        .execute(
            () -> {
              if (waitingIn != null) {
                whenWoken.run();
              }
            });
  }

  private void served() {
    cancelDeadline();
    waitingIn = null;
    whenWoken = null;
  }

  // ---- To a server.

  private void route() {
    backend = loop.roster().current(backend);
    if (!backend.room().isEmpty()) {
      awaitServer();
      return;
    }
    Member chosen = backend.choose(source, tried);
    if (chosen != null) {
      connect(chosen);
    } else if (backend.hasUntried(tried)) {
      awaitServer();
    } else {
      end(tried.isEmpty() ? Ended.NO_SERVER : Ended.CONNECT_FAILED);
    }
  }

  private void awaitServer() {
    await(backend.room(), this::takeServer);
    lookAgain(backend.hasRoom(tried));
  }

  private void takeServer() {
    backend = loop.roster().current(backend);
    Member chosen = backend.choose(source, tried);
    if (chosen != null) {
      served();
      connect(chosen);
    } else {
      backend.room().rejoin(this);
      // The place may be at a server that this one has tried, and good for one behind it.
      if (backend.hasRoom(List.of())) {
        backend.room().wakeFirst(each -> backend.hasRoom(each.tried));
      }
    }
  }

  private void connect(Member chosen) {
    stage = Stage.CONNECTING;
    member = chosen;
    connectStart = loop.now();
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
    server = new Side(this, channel, false);
    server.pair(client);
    channel.pipeline().addLast(server);
    loop.executor()
        .register(channel)
        .addListener(_ -> channel.connect(chosen.server().address()).addListener(this::connected));
  }

  private void connected(Future<? super Void> connecting) {
    SocketChannel channel = server == null ? null : server.channel();
    if (stage != Stage.CONNECTING || channel == null) {
      return;
    }
    if (connecting.isSuccess() && !channel.localAddress().equals(channel.remoteAddress())) {
      relay();
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
    Member failed = leaveMember();
    server = null;
    List<Member> more = new ArrayList<>(tried);
    more.add(failed);
    tried = List.copyOf(more);
    if (tried.size() <= backend.config().retries() && backend.hasUntried(tried)) {
      frontend.counts().retried();
      route();
    } else {
      end(Ended.CONNECT_FAILED);
    }
  }

  private Member leaveMember() {
    Member left = member;
    member = null;
    left.give();
    backend.room().wakeFirst();
    return left;
  }

  // ---- Carrying.

  private void relay() {
    stage = Stage.RELAYING;
    lastNs = loop.now();
    connectNs = Math.max(1, lastNs - connectStart);
    connectedNs = lastNs;
    frontend.counts().connected(connectStart - start, connectNs);
    member.counts().opened();
    ByteBuf header =
        ProxyHeader.write(
            backend.config().sendProxy(), source, destination, server.channel().alloc());
    if (header.isReadable()) {
      server.write(header);
    }
    if (held != null) {
      carried(true, held.readableBytes());
      server.write(held);
      held = null;
    }
    server.channel().flush();
    if (client.inputEnded()) {
      server.finish();
    } else if (server.channel().isWritable()) {
      client.resume();
    }
    server.resume();
  }

  boolean isRelaying() {
    return stage == Stage.RELAYING;
  }

  /** Whether data is to be read. */
  boolean isCarrying() {
    return stage == Stage.RELAYING && resetBy == null;
  }

  void carried(boolean fromClient, int bytes) {
    lastNs = loop.now();
    if (fromClient) {
      bytesFromClient += bytes;
    } else {
      if (bytesFromServer == 0) {
        member.server().flows().succeeded();
      }
      bytesFromServer += bytes;
    }
    if (!fromClient && !answered) {
      answered = true;
      frontend.counts().answered(lastNs - connectedNs);
    }
    frontend.counts().carried(fromClient, bytes);
    member.counts().carried(fromClient, bytes);
  }

  // ---- Its end.

  /** Whether a channel that says that no more comes was reset, as far as can be known. */
  boolean isReset(SocketChannel channel) {
    return loop.transport().isReset(channel);
  }

  void inputEnded(Side side) {
    if (stage == Stage.PEEKING_HEADER || stage == Stage.PEEKING_NAME) {
      peeked();
    } else if (isCarrying() && isMine(side)) {
      if (side.isBroken()) {
        reset(side);
      } else {
        side.other().finish();
      }
    }
  }

  void outputFinished() {
    if (isCarrying()
        && client.inputEnded()
        && server.inputEnded()
        && client.outputEnded()
        && server.outputEnded()) {
      end(Ended.DONE);
    }
  }

  /**
   * What this side has sent before it broke may still be there to read: its input goes on, if there
   * is still somewhere for it to go.
   */
  void outputBroken(Side side) {
    if (stage == Stage.RELAYING && (side.inputEnded() || side.other().isBroken())) {
      reset(side);
    }
  }

  /**
   * A side is gone.
   *
   * @param reset as far as is known; else it is our own fault
   */
  void failed(Side side, boolean reset) {
    if (!reset) {
      end(Ended.FAULT);
    } else if (stage == Stage.RELAYING && isMine(side)) {
      reset(side);
    } else if (side.isClient()) {
      end(Ended.CLIENT_GONE);
    }
  }

  /** Not the server that was tried before this one. */
  private boolean isMine(Side side) {
    return side == client || side == server;
  }

  /** Passes a reset on, behind the data that came before it. */
  private void reset(Side from) {
    if (resetBy == null) {
      resetBy = from;
      from.other().pause();
      from.abort();
      from.other().afterWrites(this::endReset);
    } else if (from != resetBy) {
      endReset();
    }
  }

  private void endReset() {
    end(resetBy.isClient() ? Ended.CLIENT_RESET : Ended.SERVER_RESET);
  }

  /** What its server has would be lost with it. */
  private boolean isLost() {
    return stage == Stage.RELAYING
        && loop.roster().isDown(member.server())
        && loop.roster().current(backend).pool().onDown() != OnDown.KEEP;
  }

  @Override
  public void sweep(long nowNs) {
    if (isLost()) {
      end(Ended.SERVER_DOWN);
      return;
    }
    long left = stage == Stage.RELAYING ? client.unwritten() + server.unwritten() : 0;
    if (left != unwritten) {
      unwritten = left;
      lastNs = nowNs;
    }
    if (nowNs - lastNs > frontend.config().idleTimeout().toNanos()
        && stage != Stage.WAITING
        && stage != Stage.CONNECTING) {
      end(Ended.IDLE);
    }
  }

  @Override
  public void stop() {
    end(Ended.STOPPED);
  }

  private void end(Ended how) {
    if (stage == Stage.ENDED) {
      return;
    }
    boolean relayed = stage == Stage.RELAYING;
    stage = Stage.ENDED;
    loop.remove(this);
    cancelDeadline();
    if (waitingIn != null) {
      waitingIn.leave(this);
      // Whoever woke it meant the place for somebody.
      waitingIn.wakeFirst();
      waitingIn = null;
    }
    if (held != null) {
      held.release();
      held = null;
    }
    close(client, how);
    if (server != null) {
      close(server, how);
    }
    Optional<Member> reached = Optional.ofNullable(member);
    if (member != null) {
      if (relayed) {
        member.counts().closed();
        noteEnd(how);
      }
      leaveMember();
    }
    if (hasDescriptors) {
      loop.descriptors().give();
    }
    if (hasPlace) {
      frontend.limit().give();
      frontend.room().wakeFirst();
    }
    long duration = loop.now() - start;
    frontend.counts().closed(how, duration);
    tell(how, duration, relayed ? reached : Optional.empty());
  }

  private void noteEnd(Ended how) {
    if (how == Ended.SERVER_RESET && bytesFromServer == 0) {
      member.server().flows().failed();
    } else if (how == Ended.DONE) {
      member.server().flows().succeeded();
    }
  }

  private static void close(Side side, Ended how) {
    if (how == Ended.DONE) {
      side.channel().close();
    } else {
      side.abort();
    }
  }

  private void tell(Ended how, long duration, Optional<Member> reached) {
    if (source == null) {
      return;
    }
    loop.tell(
        new ConnectionEnd(
            accepted,
            frontend.service().name(),
            Protocol.TCP,
            source,
            serverName,
            backend.pool().name(),
            reached.map(each -> new ServerName(each.server().name(), each.server().address())),
            bytesFromClient,
            bytesFromServer,
            Duration.ofNanos(connectNs),
            Duration.ofNanos(duration),
            how));
  }

  private void setDeadline(Duration after, Runnable task) {
    cancelDeadline();
    deadline = loop.executor().schedule(task, after.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
