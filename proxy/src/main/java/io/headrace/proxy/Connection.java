package io.headrace.proxy;

import io.headrace.config.OnDown;
import io.headrace.config.Protocol;
import io.headrace.proxy.ConnectionEnd.ServerName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A connection over TCP, from accept to end: it is let in or not, tells who and what for where that
 * is asked ({@link FirstWords}), waits for a place where there is none, is connected to a server
 * ({@link Opening}) and carried ({@link Relay}). For the thread of its event loop.
 */
final class Connection implements Loop.Lease {
  private static final Duration PEEK = Duration.ofSeconds(5);

  private final Loop loop;
  private final Frontend frontend;
  private final Side client;
  private final FirstWords words;
  private final Deadline deadline;
  private final Instant accepted = Instant.now();
  private final long start;
  private Backend backend;
  private InetSocketAddress source;
  private InetSocketAddress destination;
  private Optional<String> serverName = Optional.empty();
  private boolean isCounted;
  private boolean hasPlace;

  /** Not null while it waits. */
  private WaitingRoom.Turn turn;

  private Opening opening;
  private Relay relay;
  private boolean over;
  private long lastNs;

  Connection(Loop loop, Frontend frontend, SocketChannel channel) {
    this.loop = loop;
    this.frontend = frontend;
    this.client = new Side(this, channel, true);
    this.words = new FirstWords(client);
    this.deadline = new Deadline(loop.executor());
    this.backend = frontend.backend();
    this.start = loop.now();
    this.lastNs = start;
  }

  Side client() {
    return client;
  }

  boolean isOver() {
    return over;
  }

  /** It has carried something. */
  void alive() {
    lastNs = loop.now();
  }

  /** When it last did. */
  long lastNs() {
    return lastNs;
  }

  // ---- Who comes in.

  void begin() {
    frontend.counts().opened();
    loop.add(this);
    source = client.channel().remoteAddress();
    destination = client.channel().localAddress();
    isCounted = loop.limits().take();
    if (source == null || destination == null) {
      end(Ended.CLIENT_GONE);
    } else if (!isCounted) {
      end(loop.limits().refusal());
    } else if (!frontend.config().acceptProxy()) {
      admit();
    } else if (frontend.trusts(source.getAddress())) {
      deadline.set(PEEK, () -> end(Ended.BAD_PROXY_HEADER));
      words.look(
          this::readHeader,
          () -> end(words.isNothing() ? Ended.CLIENT_GONE : Ended.BAD_PROXY_HEADER));
    } else {
      end(Ended.UNTRUSTED);
    }
  }

  private boolean readHeader(ByteBuf data) {
    switch (ProxyHeader.read(data)) {
      case ProxyHeader.Incomplete() -> {
        return false;
      }
      case ProxyHeader.Malformed() -> end(Ended.BAD_PROXY_HEADER);
      case ProxyHeader.Local() -> admit();
      case ProxyHeader.Ends(InetSocketAddress from, InetSocketAddress to) -> {
        source = from;
        destination = to;
        admit();
      }
    }
    return true;
  }

  private void admit() {
    deadline.cancel();
    if (!frontend.allows(source.getAddress())) {
      end(Ended.DENIED);
    } else if (!frontend.rate().admit(source.getAddress(), loop.now())) {
      end(Ended.RATE);
    } else if (!takesPlace()) {
      if (await(frontend.room(), this::takePlace, List::of)) {
        lookAgain(frontend.limit().hasRoom());
      } else if (!takesPlace()) {
        end(Ended.QUEUE_FULL);
      }
    }
  }

  /** Nobody overtakes those who wait. */
  private boolean takesPlace() {
    boolean took = frontend.room().isEmpty() && frontend.limit().take();
    if (took) {
      placed();
    }
    return took;
  }

  private void takePlace() {
    if (frontend.limit().take()) {
      served();
      placed();
    } else {
      waitOn();
      lookAgain(frontend.limit().hasRoom());
    }
  }

  private void placed() {
    hasPlace = true;
    if (frontend.sni().isEmpty()) {
      open();
    } else {
      // The server may be the one to speak first.
      deadline.set(PEEK, this::open);
      words.look(
          this::readName,
          () -> {
            if (words.isNothing()) {
              end(Ended.CLIENT_GONE);
            } else {
              open();
            }
          });
    }
  }

  private boolean readName(ByteBuf data) {
    switch (ClientHello.read(data)) {
      case ClientHello.Incomplete() -> {
        return false;
      }
      case ClientHello.Unnamed() -> open();
      case ClientHello.Named(String name) -> {
        serverName = Optional.of(name);
        backend = frontend.backend(name);
        open();
      }
    }
    return true;
  }

  /** Data that came before there was a server. */
  void early(ByteBuf data) {
    alive();
    if (over) {
      data.release();
    } else {
      words.add(data);
    }
  }

  /** All of it that there is for now, or at all. */
  void earlyComplete() {
    if (!over) {
      words.more();
    }
  }

  // ---- Waiting for a place.

  /**
   * Waits in a room, for as long as it says.
   *
   * @param woken runs when a place may be free: to be followed by {@link #served} or {@link
   *     #waitOn}
   * @param tried servers at which a place is of no use
   * @return false when the room is full
   */
  boolean await(WaitingRoom room, Runnable woken, Supplier<List<Member>> tried) {
    turn =
        room.join(
            loop.executor(),
            () -> {
              if (turn != null) {
                woken.run();
              }
            },
            tried);
    if (turn != null) {
      deadline.set(room.config().timeout(), () -> end(Ended.QUEUE_TIMEOUT));
    }
    return turn != null;
  }

  /** A place may have been given back just before this one joined those who wait. */
  void lookAgain(boolean hasRoom) {
    if (hasRoom && turn != null) {
      turn.room().wakeFirst();
    }
  }

  /** Somebody else was faster. */
  void waitOn() {
    turn.resume();
  }

  /** It has a place, and waits no more. */
  void served() {
    deadline.cancel();
    turn = null;
  }

  // ---- To a server.

  private void open() {
    deadline.cancel();
    words.enough();
    opening = new Opening(this, loop, frontend.counts(), backend, source);
    opening.begin();
  }

  /**
   * A server has taken it.
   *
   * @param askedNs when it was asked
   */
  void relay(long askedNs) {
    alive();
    Side server = opening.server();
    relay =
        new Relay(
            this, loop, frontend.counts(), opening.member(), server, Math.max(1, lastNs - askedNs));
    frontend.counts().connected(askedNs - start, relay.connectNs());
    client.carriedBy(relay);
    server.carriedBy(relay);
    ByteBuf header =
        ProxyHeader.write(
            opening.backend().config().sendProxy(), source, destination, server.channel().alloc());
    if (header.isReadable()) {
      server.write(header);
    }
    ByteBuf said = words.take();
    if (said != null) {
      relay.carried(true, said.readableBytes());
      server.write(said);
    }
    relay.begin();
  }

  // ---- Its end.

  /** Whether a channel that says that no more comes was reset, as far as can be known. */
  boolean isReset(SocketChannel channel) {
    return loop.transport().isReset(channel);
  }

  /** What its server has would be lost with it. */
  private boolean isLost() {
    return relay != null
        && loop.roster().isDown(opening.member().server())
        && loop.roster().current(opening.backend()).pool().onDown() != OnDown.KEEP;
  }

  @Override
  public void sweep(long nowNs) {
    if (isLost()) {
      end(Ended.SERVER_DOWN);
      return;
    }
    if (relay != null && relay.hasMoved()) {
      lastNs = nowNs;
    }
    boolean waits = turn != null || opening != null && opening.isConnecting();
    if (!waits && nowNs - lastNs > frontend.config().idleTimeout().toNanos()) {
      end(Ended.IDLE);
    }
  }

  @Override
  public Optional<OpenConnection> look() {
    return source == null || destination == null
        ? Optional.empty()
        : Optional.of(
            new OpenConnection(
                Protocol.TCP,
                relay == null ? OpenConnection.Stage.OPENING : relay.stage(),
                source,
                destination,
                frontend.service().id(),
                relay == null ? Optional.empty() : opening.onward(),
                lastNs + frontend.config().idleTimeout().toNanos()));
  }

  @Override
  public void end(Ended how) {
    if (over) {
      return;
    }
    over = true;
    loop.remove(this);
    deadline.cancel();
    if (turn != null) {
      turn.leave();
      // Whoever woke it meant the place for somebody.
      turn.room().wakeFirst();
      turn = null;
    }
    ByteBuf unheard = words.take();
    if (unheard != null) {
      unheard.release();
    }
    close(client, how);
    Optional<Member> reached = Optional.empty();
    if (opening != null) {
      if (opening.server() != null) {
        close(opening.server(), how);
      }
      if (relay != null) {
        reached = Optional.of(opening.member());
        opening.member().counts().closed();
        noteEnd(how);
      }
      opening.leave();
    }
    if (isCounted) {
      loop.limits().give();
    }
    if (hasPlace) {
      frontend.limit().give();
      frontend.room().wakeFirst();
    }
    long duration = loop.now() - start;
    frontend.counts().closed(how, duration);
    tell(how, duration, reached);
  }

  private void noteEnd(Ended how) {
    if (how == Ended.SERVER_RESET && relay.bytesFromServer() == 0) {
      opening.member().server().flows().failed();
    } else if (how == Ended.DONE) {
      opening.member().server().flows().succeeded();
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
            relay == null ? 0 : relay.bytesFromClient(),
            relay == null ? 0 : relay.bytesFromServer(),
            Duration.ofNanos(relay == null ? 0 : relay.connectNs()),
            Duration.ofNanos(duration),
            how));
  }
}
