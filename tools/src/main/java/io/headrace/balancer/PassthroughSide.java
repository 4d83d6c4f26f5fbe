package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Config;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowFileException;
import io.headrace.conntrack.FlowHash;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.forward.Target;
import io.headrace.health.Detour;
import io.headrace.link.HostClaim;
import io.headrace.link.LinkView;
import io.headrace.link.Links;
import io.headrace.link.NextHopWatcher;
import io.headrace.link.PortSet;
import io.headrace.link.Resolution;
import io.headrace.passthrough.FlowRecoverer;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.FlowTime;
import io.headrace.registry.Registry;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frontends of modes passthrough and dsr. Health, configuration and machine (routes,
 * neighbours) change on threads of their own; one control thread brings first the kernel guard and
 * then the forwarding table in step with them, so that no frame is forwarded that the kernel would
 * answer too.
 */
final class PassthroughSide {
  private static final Logger LOG = LoggerFactory.getLogger(PassthroughSide.class);

  private static final long LONGEST_ARP_NS = 500_000_000;
  private static final long ARP_POLL_NS = 5_000_000;
  private static final Duration FOLLOWED_GRACE = Duration.ofSeconds(60);

  private final PassthroughConfig settings;
  private final boolean purge;
  private final Registry registry;
  private final Links links;
  private final HostClaim claim;
  private final Arms arms;
  private final Offload offload;
  private final Passthrough passthrough;
  private final Surroundings surroundings;
  private final Steering steering;
  private final CheckDetour detour;
  private final PortSet natPorts;
  private final Consumer<String> ended;
  private final NextHopWatcher watcher;
  private final AtomicCounter fileBytes;
  private final Beside<FlowFile> flowFile;
  private final LinkStates linkStates = new LinkStates();
  private final StatisticsLine statistics;

  /** Another process goes on where this one ends. */
  private volatile boolean followed;

  /** Until it is done, live connections are in the file alone. */
  private Optional<FlowRecoverer> recoverer = Optional.empty();

  /**
   * Opens what its frontends need, and forwards.
   *
   * @param config of the start
   * @param registry whose newest snapshot is in force
   * @param allocated the arms that these need
   * @param counters where it counts
   * @param opened takes what is opened, so that it is closed at the stop. Flows that are alive are
   *     then left to the next process: what keeps the kernel from answering their frames lasts for
   *     the time of grace
   * @param purge whether the stop gives the guard and the reserved ports up at once, live flows or
   *     not
   * @param ended hears why it cannot go on
   * @throws CommandFailure when this machine cannot do what the configuration asks
   */
  PassthroughSide(
      Config config,
      Registry registry,
      Beside<Arms> allocated,
      Counters counters,
      Resources opened,
      boolean purge,
      Consumer<String> ended) {
    this.settings = config.passthrough();
    this.purge = purge;
    this.registry = registry;
    this.ended = ended;
    this.fileBytes = counters.counter(Name.of(Metric.FLOW_FILE_BYTES));
    flowFile = opened.open(Beside.start(() -> openFlowFile(config), FlowFile::close));
    links = opened.open(Links.open());
    ListenAddresses.check(snapshot(), links.interfaces());
    ServerAddresses.check(snapshot(), links);
    claim = opened.open(HostClaim.take());
    opened.open((AutoCloseable) this::leave);
    natPorts = reserve(config);
    arms = allocated.result();
    arms.start();
    offload = arms.offload().attach(arms, opened);
    passthrough =
        new Passthrough(
            settings,
            arms.list(),
            FlowTime.MONOTONIC,
            flowFile.result().hash(),
            natPorts.toBitSet(),
            flowFile.result()::store,
            offload.kernel(),
            counters);
    surroundings = new Surroundings(links, arms, natPorts);
    opened.open(passthrough);
    steering = opened.open(new Steering(this::snapshot, claim, passthrough, surroundings));
    detour = opened.open(new CheckDetour(passthrough, arms.list(), steering::view, counters));
    steering.refresh();
    offload.say(settings);
    watcher = opened.open(NextHopWatcher.start(servers(), this::linksChanged));
    awaitNextHops();
    FlowRecoverer recovery =
        passthrough.recover(flowFile.result().waiting(settings.workers()), snapshot());
    recoverer = Optional.of(recovery);
    steering.runAndWait(() -> Steering.attempt(steering::refreshOrRetry));
    // With all that frames need: of connections that go on, some send already.
    passthrough.pipeline().start();
    recovery.start(System::nanoTime).thenAccept(result -> steering.run(() -> say(result)));
    registry.listen(snapshot -> steering.soon());
    steering.watchGuard();
    statistics = new StatisticsLine(passthrough, steering);
    statistics.every(settings.statsUpdateFrequency());
  }

  /**
   * Begins with what takes longest, memory for frames and for what the kernel forwards.
   *
   * @param opened takes it, so that it is closed at the stop
   */
  static Beside<Arms> allocate(Registry registry, Resources opened) {
    Snapshot snapshot = snapshot(registry);
    PassthroughConfig settings = registry.config().passthrough();
    return opened.open(Beside.start(() -> Arms.allocate(snapshot, settings), Arms::close));
  }

  private Duration restartGrace() {
    return registry.config().passthrough().restartGrace();
  }

  private Snapshot snapshot() {
    return snapshot(registry);
  }

  /** What of the registry is of frames. */
  private static Snapshot snapshot(Registry registry) {
    return registry.snapshot().only(Mode::isOfFrames);
  }

  private PortSet reserve(Config config) {
    return claim.reserve(
        PortSet.range(settings.natPorts().first(), settings.natPorts().last()),
        frontendPorts(config));
  }

  private static PortSet frontendPorts(Config config) {
    return PortSet.of(frontends(config).mapToInt(frontend -> frontend.listen().getPort()));
  }

  private static Stream<FrontendConfig> frontends(Config config) {
    return config.frontends().values().stream().filter(frontend -> frontend.mode().isOfFrames());
  }

  private FlowFile openFlowFile(Config config) {
    FlowFile file =
        FlowFile.open(
            settings.connectionTrackerFile(),
            settings.connectionTrackerCapacity(),
            FlowHash.random());
    try {
      carryIpv6(file, config);
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void carryIpv6(FlowFile file, Config config) {
    if (frontends(config).anyMatch(each -> each.listen().getAddress() instanceof Inet6Address)) {
      file.carryIpv6();
    }
  }

  private static void say(FlowRecoverer.Result recovery) {
    if (recovery.recovered() + recovery.orphaned() > 0) {
      LOG.info(
          "connections of an earlier run: {} go on; {} do not, as their frontend or server is gone",
          recovery.recovered(),
          recovery.orphaned());
    }
  }

  /** Of every server there is, and of those that have left the configuration: their flows live. */
  private Set<InetAddress> servers() {
    return Stream.concat(
            snapshot().pools().stream().flatMap(pool -> pool.servers().stream()),
            passthrough.tables().current().targets().stream().map(Target::server))
        .map(server -> server.address().getAddress())
        .collect(Collectors.toSet());
  }

  /**
   * Lets the neighbours answer that will, so that the first connections are not dropped for want of
   * a next hop.
   */
  private void awaitNextHops() {
    Set<InetAddress> wanted = servers();
    long start = System.nanoTime();
    while (System.nanoTime() - start < LONGEST_ARP_NS
        && !wanted.stream()
            .allMatch(
                server -> steering.view().nextHops().get(server) instanceof Resolution.Resolved)) {
      LockSupport.parkNanos(ARP_POLL_NS);
    }
  }

  private void linksChanged(LinkView view) {
    linkStates.look(arms.names(), view.interfaces());
    arms.missing(view.interfaces())
        .ifPresent(
            name ->
                ended.accept(
                    "the interface "
                        + name
                        + " is gone; live connections wait for a start with it for "
                        + restartGrace().toSeconds()
                        + " s"));
    steering.linksChanged(view);
    detour.linksChanged(view);
  }

  /** Counts what has to be asked for: what the interfaces lost, and the length of the flow file. */
  void countLosses() {
    passthrough.pipeline().counts().countLosses();
    Path flows = settings.connectionTrackerFile();
    fileBytes.setRelease(flows.toFile().length() + FlowFile.ofIpv6(flows).toFile().length());
  }

  /** What it works on and how, for the log. */
  String description() {
    return "passthrough on %s with %s, %d worker%s, threading %s%s"
        .formatted(
            arms.list().stream().map(each -> each.name()).collect(Collectors.joining(", ")),
            settings.io() == Io.PCAP ? "pcap" : "packet",
            settings.workers(),
            settings.workers() == 1 ? "" : "s",
            settings.threading().name().toLowerCase(Locale.ROOT),
            offload.kernel().isPresent() ? ", flows offloaded to the kernel" : "");
  }

  /** The data path, for its statistics. */
  Passthrough passthrough() {
    return passthrough;
  }

  /** How checks reach servers of direct return. */
  Detour detour() {
    return detour;
  }

  /** Runs a task on the thread that steers, behind those that are waiting. */
  void run(Runnable task) {
    steering.run(task);
  }

  /** As {@link #run}; returns when it is done. */
  void runAndWait(Runnable task) {
    steering.runAndWait(task);
  }

  /**
   * Checks another configuration, and reserves what it needs beyond this one. Connections of an
   * earlier run go on first, as by the configuration of the start. On the thread that steers.
   *
   * @throws CommandFailure when it cannot be in force without another start
   * @throws io.headrace.link.LinkException when the kernel refuses
   */
  void check(Snapshot other, Config config) {
    awaitRecovery();
    Snapshot next = other.only(Mode::isOfFrames);
    ListenAddresses.check(next, links.interfaces());
    ServerAddresses.check(next, links);
    arms.requireAll(next, links);
    reserveAgain(config);
    try {
      carryIpv6(flowFile.result(), config);
    } catch (FlowFileException e) {
      throw new CommandFailure(e.getMessage());
    }
  }

  private void awaitRecovery() {
    try {
      passthrough.awaitRecovery();
    } catch (IOException e) {
      throw new CommandFailure(e.getMessage());
    }
  }

  /** The registry has changed: the guard and the forwarding table follow. As {@link #check}. */
  void applied() {
    watcher.watch(servers());
    awaitNextHops();
    PassthroughConfig changed = registry.config().passthrough();
    statistics.every(changed.statsUpdateFrequency());
    passthrough.change(changed);
    Steering.attempt(steering::refreshOrRetry);
  }

  private void reserveAgain(Config config) {
    for (FrontendConfig frontend : frontends(config).toList()) {
      if (natPorts.contains(frontend.listen().getPort())) {
        throw new CommandFailure(
            "frontend "
                + frontend.name()
                + ": port "
                + frontend.listen().getPort()
                + " stands for clients now (nat_ports); start headrace again");
      }
    }
    if (!frontendPorts(config).equals(frontendPorts(registry.config()))) {
      reserve(config);
    }
  }

  /**
   * Has the stop leave guard and ports as they are, flows or not: another process is about to take
   * them, and meanwhile the kernel shall refuse nobody.
   */
  void leaveToTheNext() {
    followed = true;
  }

  /** Leaves connections that are alive to the next process, and the machine as it was otherwise. */
  private void leave() {
    if (steering == null || !steering.isGuarding()) {
      claim.abandon();
      return;
    }
    long connections = passthrough.connections();
    boolean nobodyWaits = isRecovered() && connections == 0 || purge || restartGrace().isZero();
    if (nobodyWaits && !followed) {
      claim.purge();
    } else {
      claim.release(surroundings.guard(snapshot(), passthrough.tables().current()), grace());
      LOG.info(
          "live connections: {}; they wait {} s for the next start, and the kernel leaves them alone",
          connections,
          grace().toSeconds());
    }
  }

  private boolean isRecovered() {
    return recoverer.map(FlowRecoverer::isDone).orElse(false);
  }

  private Duration grace() {
    Duration wanted = restartGrace();
    return followed && wanted.compareTo(FOLLOWED_GRACE) < 0 ? FOLLOWED_GRACE : wanted;
  }
}
