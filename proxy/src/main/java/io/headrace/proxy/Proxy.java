package io.headrace.proxy;

import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.Protocol;
import io.headrace.config.ProxyConfig;
import io.headrace.counters.Counters;
import io.headrace.registry.Registry;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The data path of mode proxy. It listens where the registry has a frontend of this mode, chooses
 * servers from the newest snapshot, and carries bytes. It needs no privilege but for ports below
 * 1024.
 *
 * <p>A change of the configuration comes in two steps, so that it is in force as a whole or not at
 * all: {@link #prepare} binds what is new, and the registry's next snapshot lets clients in.
 */
public final class Proxy implements AutoCloseable {
  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long FREE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long FREE_WITHIN_NS = TimeUnit.SECONDS.toNanos(2);
  private static final Duration QUIET = Duration.ofMillis(50);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final ProxyConfig settings;
  private final Registry registry;
  private final Consumer<ConnectionEnd> ends;
  private final Map<Listener.Key, List<Integer>> inherited = new HashMap<>();
  private final List<Loop> loops = new CopyOnWriteArrayList<>();
  private final Counters counters;
  private final Roster roster;
  private final Map<Listener.Key, Listener> listeners = new HashMap<>();

  /** Those that are closed, but for sessions that go on. */
  private final Map<Listener.Key, UdpListener> leaving = new HashMap<>();

  /** Where it listened once, and does not now. */
  private final Set<Listener.Key> closed = new HashSet<>();

  private MultiThreadIoEventLoopGroup group;
  private boolean stopped;
  private volatile boolean impatient;

  /**
   * A proxy that does nothing yet; its event loops start with the first frontend.
   *
   * @param counters where it counts
   * @param ends hears of each connection that is over, on its event loop: it must not wait
   * @param before sockets of the process that this one follows, which are used where the first
   *     {@link #prepare} needs such, and closed otherwise
   */
  public Proxy(
      ProxyConfig settings,
      Registry registry,
      Counters counters,
      Consumer<ConnectionEnd> ends,
      List<ListeningSockets> before) {
    this.settings = settings;
    this.registry = registry;
    this.counters = counters;
    this.roster = new Roster(counters);
    this.ends = ends;
    before.forEach(
        each ->
            inherited.put(new Listener.Key(each.address(), each.protocol()), each.descriptors()));
  }

  /** What it listens on, for a process that follows this one. */
  public synchronized List<ListeningSockets> listening() {
    return listeners.entrySet().stream()
        .map(
            each ->
                new ListeningSockets(
                    each.getKey().address(),
                    each.getKey().protocol(),
                    each.getValue().descriptors()))
        .toList();
  }

  /**
   * Leaves to the process that follows whoever comes from now on: it has the same sockets.
   *
   * @return the sessions of UDP, for that process; until {@link #forgetSessions} they are this
   *     one's, too
   */
  public synchronized List<MovingSession> leave() {
    listeners.values().forEach(Listener::leave);
    awaitLoops();
    return udpListeners().flatMap(listener -> listener.moving().stream()).toList();
  }

  /** Takes {@link #leave} back. */
  public synchronized void stay() {
    listeners.values().forEach(Listener::stay);
  }

  /** The process that follows has the sessions that it got. */
  public synchronized void forgetSessions() {
    udpListeners().forEach(UdpListener::forget);
  }

  private Stream<UdpListener> udpListeners() {
    return listeners.values().stream()
        .filter(UdpListener.class::isInstance)
        .map(UdpListener.class::cast);
  }

  private void awaitLoops() {
    loops.forEach(loop -> loop.executor().submit(() -> {}).awaitUninterruptibly());
  }

  /** Whether every event loop gets to a task within that time. Any thread. */
  public boolean answers(Duration within) {
    long end = System.nanoTime() + within.toNanos();
    List<Future<?>> turns = new ArrayList<>();
    loops.forEach(loop -> turns.add(loop.executor().submit(() -> {})));
    return turns.stream()
        .allMatch(turn -> turn.awaitUninterruptibly(end - System.nanoTime(), TimeUnit.NANOSECONDS));
  }

  private void startLoops() {
    Transport transport = Transport.of(settings.io());
    int count =
        settings.eventLoops() == 0
            ? Runtime.getRuntime().availableProcessors()
            : settings.eventLoops();
    group =
        new MultiThreadIoEventLoopGroup(
            count,
            new DefaultThreadFactory("proxy", true),
            LoopCycles.counting(transport.handlers(), counters));
    ProcessLimits limits = ProcessLimits.ofProcess();
    for (EventExecutor executor : group) {
      loops.add(new Loop((EventLoop) executor, count, transport, limits, roster, ends));
    }
  }

  /** What it runs on, for the log: {@code io_uring, 2 event loops}; empty without a frontend. */
  public synchronized Optional<String> description() {
    return loops.stream()
        .findFirst()
        .map(
            loop ->
                "%s, %d event loop%s"
                    .formatted(
                        loop.transport().name(), loops.size(), loops.size() == 1 ? "" : "s"));
  }

  /**
   * Binds what a snapshot needs beyond what is there. If that fails nothing has changed.
   *
   * @throws ProxyException when an address cannot be listened on, this machine lacks what the
   *     settings ask for, or the proxy is stopping
   */
  public synchronized void prepare(Snapshot next, Config config) {
    if (stopped) {
      throw new ProxyException("the proxy is stopping");
    }
    List<Listener.Key> bound = new ArrayList<>();
    try {
      for (Frontend frontend : new Roster(counters).update(next, config)) {
        Listener.Key key = Listener.Key.of(frontend);
        if (!listeners.containsKey(key)) {
          if (loops.isEmpty()) {
            startLoops();
          }
          listeners.put(key, bind(key, frontend.service()));
          bound.add(key);
        }
      }
    } catch (ProxyException e) {
      bound.forEach(this::close);
      throw e;
    }
    inherited.values().forEach(unused -> unused.forEach(Sockets::close));
    inherited.clear();
  }

  /**
   * Follows the registry: what {@link #prepare} has bound lets clients in from now on.
   *
   * @param before sessions of the process that this one follows, which go on
   */
  public void open(List<MovingSession> before) {
    synchronized (this) {
      udpListeners().forEach(listener -> listener.inherit(before));
      before.stream()
          .filter(each -> !listeners.containsKey(new Listener.Key(each.listen(), Protocol.UDP)))
          .forEach(each -> Sockets.close(each.descriptor()));
    }
    registry.listen(this::follow);
  }

  private synchronized void follow(Snapshot snapshot) {
    if (stopped) {
      return;
    }
    Set<Listener.Key> unused = new HashSet<>(listeners.keySet());
    for (Frontend frontend : roster.update(snapshot, registry.config())) {
      Listener.Key key = Listener.Key.of(frontend);
      unused.remove(key);
      listeners.get(key).serve(frontend);
    }
    unused.forEach(this::close);
  }

  private void close(Listener.Key key) {
    Listener listener = listeners.remove(key);
    listener.close();
    closed.add(key);
    leaving.values().removeIf(UdpListener::isClosed);
    if (listener instanceof UdpListener udp) {
      leaving.put(key, udp);
    }
  }

  private Listener bind(Listener.Key key, Service service) {
    InetSocketAddress address = service.listen();
    boolean tcp = service.protocol() == Protocol.TCP;
    UdpListener left = leaving.remove(key);
    try {
      if (left != null && !left.isClosed()) {
        left.reopen();
        return left;
      }
      List<Integer> before = inherited.getOrDefault(key, List.of());
      if (before.isEmpty() && !hasPort(key)) {
        requireFree(key);
      }
      inherited.remove(key);
      return tcp
          ? TcpListener.bind(address, loops, before)
          : UdpListener.bind(address, loops, before);
    } catch (IOException | ProxyException e) {
      throw new ProxyException(
          "frontend %s: cannot listen on %s: %s%s"
              .formatted(
                  service.name(), Address.format(address), e.getMessage(), advice(e, address)));
    }
  }

  /** From 127.0.0.1:80 to 0.0.0.0:80: the kernel cannot say whether others are there beside us. */
  private boolean hasPort(Listener.Key wanted) {
    return Stream.concat(listeners.keySet().stream(), inherited.keySet().stream())
        .anyMatch(wanted::hasSamePort);
  }

  /**
   * SO_REUSEPORT alone would share the port with another process of this user. A port that was ours
   * is free only when the event loops have forgotten its sockets, a moment after they are closed.
   */
  private void requireFree(Listener.Key key) throws IOException {
    boolean ours = closed.removeIf(key::hasSamePort);
    long deadline = System.nanoTime() + FREE_WITHIN_NS;
    while (true) {
      try {
        tryToBind(key.address(), key.protocol() == Protocol.TCP);
        return;
      } catch (BindException e) {
        if (!ours || System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(FREE_POLL_NS);
      }
    }
  }

  private static void tryToBind(InetSocketAddress address, boolean tcp) throws IOException {
    if (tcp) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(address);
      }
    } else {
      new DatagramSocket(address).close();
    }
  }

  private static String advice(Exception cause, InetSocketAddress address) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("in use")) {
      return "; who has it: ss -lnp 'sport = :%d'".formatted(address.getPort());
    }
    if (message.contains("ermission denied")) {
      return "; a port below 1024 needs root (or the capability CAP_NET_BIND_SERVICE), one from"
          + " 1024 does not";
    }
    return message.contains("annot assign") ? "; it is no address of this machine" : "";
  }

  /** What each frontend there ever was has carried, by its id. */
  public Map<Integer, FrontendCounts> frontends() {
    return Map.copyOf(roster.frontendCounts());
  }

  /** What each server there ever was has carried for frontends of this mode, by its id. */
  public Map<Integer, ServerCounts> servers() {
    return Map.copyOf(roster.serverCounts());
  }

  /** Connections that are open now, on all frontends there ever were. */
  public long currentConnections() {
    return roster.frontendCounts().values().stream()
        .mapToLong(FrontendCounts::currentConnections)
        .sum();
  }

  /** The connections that are open now, sessions of UDP among them. Any thread. */
  public List<OpenConnection> connections() {
    return ofLoops(Loop::connections).stream().flatMap(List::stream).toList();
  }

  /**
   * Resets connections, and ends sessions of UDP. Any thread.
   *
   * @param wanted which; runs on the event loops
   * @return how many
   */
  public long close(Predicate<OpenConnection> wanted) {
    return ofLoops(loop -> loop.close(wanted)).stream().mapToLong(each -> each).sum();
  }

  /** Asks all loops side by side. */
  private <T> List<T> ofLoops(Function<Loop, T> question) {
    List<Loop> asked;
    synchronized (this) {
      asked = List.copyOf(loops);
    }
    return asked.stream()
        .map(loop -> loop.executor().submit(() -> question.apply(loop)))
        .toList()
        .stream()
        .map(answer -> answer.syncUninterruptibly().getNow())
        .toList();
  }

  /**
   * Lets nobody in any more, and waits for the connections that there are.
   *
   * @param longest that it waits
   * @return those that are left
   */
  public long drain(Duration longest) {
    synchronized (this) {
      stopped = true;
      listeners.values().forEach(Listener::close);
      listeners.clear();
    }
    // What the loops were about to accept is in their counts afterwards.
    awaitLoops();
    long deadline = System.nanoTime() + longest.toNanos();
    while (currentConnections() > 0 && !impatient && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL_NS);
    }
    return currentConnections();
  }

  /** Has {@link #drain} wait no longer. Any thread. */
  public void hurry() {
    impatient = true;
  }

  /** Ends what is left, and the event loops. */
  @Override
  public void close() {
    drain(Duration.ZERO);
    loops.forEach(loop -> loop.executor().submit(loop::stop).awaitUninterruptibly());
    if (group != null) {
      group
          .shutdownGracefully(QUIET.toMillis(), LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)
          .awaitUninterruptibly();
    }
  }
}
