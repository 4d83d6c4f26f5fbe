package io.headrace.balancer;

import io.headrace.admin.DashboardPage;
import io.headrace.admin.EventsPage;
import io.headrace.admin.FlowPages;
import io.headrace.admin.HealthPages;
import io.headrace.admin.SettingsPage;
import io.headrace.admin.Site;
import io.headrace.admin.StatisticsPage;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigSource;
import io.headrace.config.ConfigWatcher;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.counters.CountersFileException;
import io.headrace.counters.CountersFiles;
import io.headrace.counters.CountersView;
import io.headrace.health.HealthChecker;
import io.headrace.link.LinkException;
import io.headrace.listing.LiveFlows;
import io.headrace.metrics.Metrics;
import io.headrace.passthrough.Passthrough;
import io.headrace.proxy.ListeningSockets;
import io.headrace.proxy.MovingSession;
import io.headrace.proxy.Proxy;
import io.headrace.proxy.ProxyException;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Snapshot;
import io.headrace.upgrade.HandOver;
import io.headrace.upgrade.Predecessor;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running balancer: the proxy and, if a frontend asks for it, the frame pipeline, on one registry
 * that the configuration file and the health checks keep up to date.
 */
public final class Balancer {
  private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

  /** Within which every event loop gets to a task. */
  private static final Duration TURN = Duration.ofSeconds(5);

  private final Path path;
  private final ConfigSource source;
  private final Changes changes;
  private final Registry registry;
  private final Counters counters;
  private final NamesOfIds names;
  private final boolean purge;

  /** For the thread that watches. */
  private final Pauses pauses;

  private final Resources opened = new Resources();

  /** What only one process can have, and gives up when another follows it. */
  private final Resources exclusive = new Resources();

  private final EventsPage events;
  private final Site site = new Site();
  private final Outlets outlets;
  private final Control control;
  private final Proxy proxy;
  private final CompletableFuture<Optional<String>> ended = new CompletableFuture<>();
  private volatile ConfigWatcher watcher;
  private volatile Optional<PassthroughSide> passthrough = Optional.empty();
  private volatile boolean followed;
  private volatile boolean draining;

  /** Why nobody is let in. */
  private volatile Optional<String> obstacle = Optional.of("not ready: it starts");

  /**
   * Starts a balancer.
   *
   * @param source the configuration's, which is watched
   * @param mode of the frontends that name none
   * @param purge whether a stop gives the guard and the reserved ports up at once, live flows or
   *     not
   * @param before the running process that it follows; told when this one is ready
   * @throws ConfigException when the configuration cannot be used
   * @throws CommandFailure when this machine cannot do what the configuration asks
   */
  public static Balancer start(Path source, Mode mode, boolean purge, Optional<Predecessor> before)
      throws ConfigException {
    return new Balancer(source, mode, purge, before);
  }

  private Balancer(Path path, Mode mode, boolean purge, Optional<Predecessor> before)
      throws ConfigException {
    this.path = path;
    this.purge = purge;
    this.source = ConfigSource.of(path);
    this.changes = new Changes(source, mode);
    StateFile state = new StateFile(changes.current().control().stateFile());
    changes.resume(state.edits());
    Config config = changes.current();
    this.registry = new Registry(config);
    state.restore(registry);
    Optional<Beside<Arms>> arms = allocate();
    try {
      events = opened.open(new EventsPage());
      counters = opened.open(CountersFiles.create(path));
      names = new NamesOfIds(registry, counters);
      control = new Control(registry, changes, state);
      outlets = opened.open(new Outlets(site, ControlAccess.token(config.control())));
      proxy =
          opened.open(
              new Proxy(
                  config.proxy(),
                  registry,
                  counters,
                  outlets::write,
                  before.map(Predecessor::sockets).orElse(List.of())));
      // Before the NAT ports are chosen: what is bound is none of them.
      proxy.prepare(registry.snapshot(), config);
      if (before.isPresent()) {
        before.get().release();
      }
      takeUp(arms);
      registry.listen(_ -> names.update());
      pauses = opened.open(new Pauses(counters));
      opened.open(new Watch(this::watch));
      proxy.open(before.map(Predecessor::ready).orElse(List.of()));
    } catch (ProxyException | CountersFileException e) {
      closeAll();
      throw new CommandFailure(e.getMessage());
    } catch (IOException e) {
      closeAll();
      throw new CommandFailure("the running process does not hand over: " + e.getMessage());
    } catch (RuntimeException | Error e) {
      closeAll();
      throw e;
    }
    changes.takeWith(this::put);
    waitForTheNext(before);
    // Behind the refresh that the neighbours' answers have brought.
    passthrough.ifPresentOrElse(side -> side.run(() -> sayReady(config)), () -> sayReady(config));
  }

  private Optional<Beside<Arms>> allocate() {
    return registry.config().has(Mode::isOfFrames)
        ? Optional.of(PassthroughSide.allocate(registry, exclusive))
        : Optional.empty();
  }

  /** Opens what only one process can have. */
  private void takeUp(Optional<Beside<Arms>> arms) {
    Config config = registry.config();
    outlets.change(config, () -> {});
    passthrough =
        arms.map(
            each ->
                new PassthroughSide(
                    config, registry, each, counters, exclusive, purge, this::fail));
    exclusive.open(HealthChecker.start(registry, this::detour));
    watcher = exclusive.open(ConfigWatcher.start(source, changes::current, changes));
    ControlAccess.openSocket(config.control(), path, site, exclusive);
    // The first to be closed: it reads what is closed after it.
    exclusive.open((AutoCloseable) outlets::closeAdmin);
    serve();
  }

  private Optional<InetAddress> detour(int frontend, InetAddress address, Server server) {
    return passthrough.flatMap(side -> side.detour().standIn(frontend, address, server));
  }

  private void fail(String reason) {
    ended.complete(Optional.of(reason));
  }

  private void waitForTheNext(Optional<Predecessor> before) {
    try {
      opened.open(HandOver.start(path, before, new Handed()));
    } catch (IOException e) {
      LOG.warn("no process can follow this one without a stop (--upgrade): {}", e.getMessage());
    }
  }

  private void serve() {
    CountersView view = counters.view();
    Map<String, Site.Resource> pages = new HashMap<>(HealthPages.pages(() -> obstacle));
    pages.put(DashboardPage.PATH, new DashboardPage());
    pages.put(StatisticsPage.PATH, new StatisticsPage(view, this::look));
    pages.put(Metrics.PATH, new Metrics(view, this::look));
    pages.put(EventsPage.PATH, events);
    pages.put(SettingsPage.PATH, new SettingsPage(changes::running));
    FlowPages flows = flowPages();
    pages.putAll(flows.pages());
    Map<String, Site.Action> actions = new HashMap<>(control.actions());
    actions.putAll(flows.actions());
    site.serve(pages, actions);
  }

  private FlowPages flowPages() {
    Optional<Passthrough> frames = passthrough.map(PassthroughSide::passthrough);
    return new FlowPages(() -> new LiveFlows(frames, proxy, registry.snapshot()));
  }

  /** Servers and the configuration are the other process's matter now, connections are not. */
  private void serveWhileDraining() {
    FlowPages flows = flowPages();
    Map<String, Site.Resource> pages = new HashMap<>(flows.pages());
    pages.put(StatisticsPage.PATH, new StatisticsPage(counters.view(), this::look));
    site.serve(pages, flows.actions());
    ControlAccess.openWhileDraining(path, site, opened);
  }

  private void watch() {
    pauses.look();
    look();
  }

  /** Counts what nobody tells. */
  private void look() {
    names.update();
    if (draining) {
      counters.draining(proxy.currentConnections());
    }
    passthrough.ifPresent(PassthroughSide::countLosses);
  }

  /**
   * Waits until the balancer cannot go on, or another process has followed it.
   *
   * @return why it cannot; empty when it is followed
   */
  public Optional<String> awaitEnd() {
    return ended.join();
  }

  /**
   * Whether the threads that carry frames and connections have had a turn since this was last
   * asked. Any one thread.
   */
  public boolean isAlive() {
    return passthrough.map(each -> each.passthrough().pipeline().hasTurned()).orElse(true)
        && proxy.answers(TURN);
  }

  private void sayReady(Config config) {
    obstacle = Optional.empty();
    ReadyLog.write(
        config,
        Stream.concat(
            passthrough.map(PassthroughSide::description).stream(),
            proxy.description().map(on -> "proxy on " + on).stream()));
  }

  /** What another process takes over. */
  private final class Handed implements HandOver.Owner {
    @Override
    public List<ListeningSockets> listening() {
      return proxy.listening();
    }

    @Override
    public void release() {
      followed = true;
      passthrough.ifPresent(PassthroughSide::leaveToTheNext);
      exclusive.closeAll();
      passthrough = Optional.empty();
    }

    @Override
    public void resume() {
      try {
        proxy.stay();
        takeUp(allocate());
        followed = false;
      } catch (RuntimeException e) {
        exclusive.closeAll();
        fail(e.getMessage());
      }
    }

    @Override
    public List<MovingSession> leave() {
      return proxy.leave();
    }

    @Override
    public void followed() {
      proxy.forgetSessions();
      LOG.info("another process accepts connections from now on");
      serveWhileDraining();
      ended.complete(Optional.empty());
    }
  }

  /** Reads the configuration again, at once, as a signal asks for. Any thread. */
  public void reload() {
    try {
      changes.reload("SIGHUP");
    } catch (ConfigException e) {
      changes.rejected(e);
    } catch (CommandFailure e) {
      changes.refused(e);
    }
  }

  /** Puts another configuration in force; if that fails, nothing has changed. */
  private void put(Config config) {
    if (followed) {
      throw new CommandFailure("another process follows this one");
    }
    try {
      outlets.change(config, () -> putSides(config));
    } catch (LinkException | ProxyException e) {
      throw new CommandFailure(e.getMessage());
    }
  }

  private void putSides(Config config) {
    Snapshot next = new Registry(config).snapshot();
    if (passthrough.isPresent()) {
      PassthroughSide side = passthrough.get();
      side.runAndWait(
          () -> {
            side.check(next, config);
            proxy.prepare(next, config);
            registry.apply(config);
            side.applied();
          });
    } else {
      Config before = registry.config();
      proxy.prepare(next, config);
      registry.apply(config);
      if (config.has(Mode::isOfFrames)) {
        beginPassthrough(config, before);
      }
    }
  }

  /**
   * The first frontend of mode passthrough has come.
   *
   * @param before what is in force again if that fails
   */
  private void beginPassthrough(Config config, Config before) {
    Resources more = new Resources();
    try {
      Beside<Arms> arms = PassthroughSide.allocate(registry, more);
      passthrough =
          Optional.of(
              new PassthroughSide(config, registry, arms, counters, more, purge, this::fail));
      exclusive.open((AutoCloseable) more::closeAll);
      serve();
    } catch (RuntimeException | Error e) {
      more.closeAll();
      proxy.prepare(new Registry(before).snapshot(), before);
      registry.apply(before);
      throw e;
    }
  }

  /**
   * Stops: lets the proxy's connections end first, for as long as {@code drain_timeout} says. Flows
   * of passthrough that are alive are left to the next process: what keeps the kernel from
   * answering their frames lasts for the time of grace.
   *
   * @return whether all went as it should; if not, the log says what did not
   */
  public boolean stop() {
    obstacle = Optional.of("not ready: it stops");
    watcher.close();
    long open = proxy.drain(Duration.ZERO);
    draining = true;
    counters.draining(open);
    if (open > 0) {
      LOG.info(
          "nobody is let in any more; connections that may go on for {} s: {}; a second signal ends"
              + " them",
          registry.config().proxy().drainTimeout().toSeconds(),
          open);
      long cut = proxy.drain(registry.config().proxy().drainTimeout());
      if (cut > 0) {
        LOG.warn("connections that are cut off: {}", cut);
      }
    }
    return closeAll();
  }

  private boolean closeAll() {
    boolean clean = exclusive.closeAll();
    return opened.closeAll() && clean;
  }

  /** Has {@link #stop} wait for no connection. Any thread. */
  public void hurry() {
    proxy.hurry();
  }
}
