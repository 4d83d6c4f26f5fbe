package io.headrace.balancer;

import io.headrace.admin.AdminServer;
import io.headrace.admin.FlowPages;
import io.headrace.admin.StatisticsPage;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigWatcher;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.config.StatsConfig;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.forward.Target;
import io.headrace.forward.Verdict;
import io.headrace.link.HostClaim;
import io.headrace.link.LinkException;
import io.headrace.link.LinkView;
import io.headrace.link.Links;
import io.headrace.link.NextHopWatcher;
import io.headrace.link.PortSet;
import io.headrace.link.Resolution;
import io.headrace.passthrough.Counters;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.registry.HealthChecker;
import io.headrace.registry.Registry;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running balancer. Health, configuration and machine (routes, neighbours) change on threads of
 * their own; one control thread brings first the kernel guard and then the forwarding table in step
 * with them, so that no frame is forwarded that the kernel would answer too.
 */
public final class Balancer {
  private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

  private static final long LONGEST_ARP_NS = 500_000_000;
  private static final long ARP_POLL_NS = 5_000_000;
  private final PassthroughConfig settings;
  private final StatsConfig stats;
  private final boolean purge;
  private final Registry registry;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Links links;
  private final FlowFile flowFile;
  private final HostClaim claim;
  private final Arms arms;
  private final Passthrough passthrough;
  private final Surroundings surroundings;
  private final Steering steering;
  private final PortSet natPorts;
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private final NextHopWatcher watcher;

  /**
   * Starts a balancer.
   *
   * @param file the configuration's, which is watched
   * @param mode of the frontends that name none
   * @param config what is in the file
   * @param purge whether a stop gives the guard and the reserved ports up at once, live flows or
   *     not
   * @throws CommandFailure when this machine cannot do what the configuration asks
   */
  public static Balancer start(Path file, Mode mode, Config config, boolean purge) {
    return new Balancer(file, mode, config, purge);
  }

  private Balancer(Path file, Mode mode, Config config, boolean purge) {
    this.settings = config.passthrough();
    this.stats = config.stats();
    this.purge = purge;
    this.registry = new Registry(config);
    try {
      Optional<AdminServer> admin = stats.listen().map(this::bind);
      links = open(Links.open());
      ListenAddresses.check(registry.snapshot(), links.interfaces());
      ServerAddresses.check(registry.snapshot(), links);
      arms = open(Arms.open(registry.snapshot(), settings, links));
      claim = open(HostClaim.take());
      open((AutoCloseable) this::leave);
      flowFile =
          open(
              FlowFile.open(
                  settings.connectionTrackerFile(),
                  settings.connectionTrackerCapacity(),
                  FlowHash.random()));
      natPorts = reserve(config);
      passthrough =
          new Passthrough(
              settings,
              arms.list(),
              FlowTime.MONOTONIC,
              flowFile.hash(),
              natPorts.stream().collect(BitSet::new, BitSet::set, BitSet::or),
              flowFile::store,
              Counters.allocate());
      surroundings = new Surroundings(links, arms, natPorts);
      open(passthrough);
      steering = open(new Steering(registry, claim, passthrough, surroundings));
      steering.refresh();
      restore();
      watcher = open(NextHopWatcher.start(servers(), this::linksChanged));
      awaitNextHops();
      steering.runAndWait(steering::refreshOrRetry);
      // With all that frames need: of connections that go on, some wait already.
      passthrough.pipeline().start();
      registry.listen(snapshot -> steering.soon());
      steering.watchGuard();
      open(HealthChecker.start(registry));
      open(ConfigWatcher.start(file, mode, registry::config, new Reload()));
      admin.ifPresent(this::serve);
    } catch (RuntimeException e) {
      closeAll();
      throw e;
    }
    // Behind the refresh that the neighbours' answers have brought.
    steering.run(() -> sayReady(config));
    if (!settings.statsUpdateFrequency().isZero()) {
      steering.every(settings.statsUpdateFrequency(), this::sayStatistics);
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.push(resource);
    return resource;
  }

  private PortSet reserve(Config config) {
    return claim.reserve(
        PortSet.range(settings.natPorts().first(), settings.natPorts().last()),
        frontendPorts(config));
  }

  private static PortSet frontendPorts(Config config) {
    return PortSet.of(
        config.frontends().values().stream().mapToInt(frontend -> frontend.listen().getPort()));
  }

  private void restore() {
    FlowFile.Recovery recovery =
        passthrough.restore(flowFile, registry.snapshot(), System.nanoTime());
    if (recovery.restored() + recovery.dropped() > 0) {
      LOG.info(
          "connections of an earlier run: {} go on; {} do not, as their frontend or server is gone",
          recovery.restored(),
          recovery.dropped());
    }
  }

  private AdminServer bind(InetSocketAddress listen) {
    try {
      return open(new AdminServer(listen));
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot serve statistics on " + Address.format(listen) + ": " + e.getMessage());
    }
  }

  private void serve(AdminServer admin) {
    Map<String, AdminServer.Page> pages = new HashMap<>(new FlowPages(passthrough).pages());
    pages.put(
        StatisticsPage.PATH,
        new StatisticsPage(registry, passthrough, settings.connectionTrackerFile()));
    // The first to be closed: it reads what is closed after it.
    open(admin).serve(pages);
  }

  /** Of every server there is, and of those that have left the configuration: their flows live. */
  private Set<InetAddress> servers() {
    return Stream.concat(
            registry.snapshot().pools().stream().flatMap(pool -> pool.servers().stream()),
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
    arms.missing(view.interfaces())
        .ifPresent(
            name ->
                ended.complete(
                    "the interface "
                        + name
                        + " is gone; live connections wait for a start with it for "
                        + settings.restartGrace().toSeconds()
                        + " s"));
    steering.linksChanged(view);
  }

  /**
   * Waits until the balancer cannot go on.
   *
   * @return why
   */
  public String awaitEnd() {
    return ended.join();
  }

  private void sayReady(Config config) {
    config
        .frontends()
        .values()
        .forEach(
            frontend ->
                LOG.info(
                    "frontend {}: {} {} to backend {}",
                    frontend.name(),
                    frontend.protocol(),
                    Address.format(frontend.listen()),
                    frontend.backend()));
    stats.listen().ifPresent(at -> LOG.info("statistics: http://{}/stats", Address.format(at)));
    LOG.info(
        "ready: passthrough on {} with {}, {} worker{}, threading {}",
        arms.list().stream().map(each -> each.name()).collect(Collectors.joining(", ")),
        settings.io() == Io.PCAP ? "pcap" : "packet",
        settings.workers(),
        settings.workers() == 1 ? "" : "s",
        settings.threading().name().toLowerCase(Locale.ROOT));
  }

  private void sayStatistics() {
    PipelineCounts counts = passthrough.pipeline().counts();
    LOG.info(
        "frames: {} in, {} forwarded; dropped: {}; passed to the kernel: {}; connections: {}",
        counts.received().get(),
        counts.forwarded().get(),
        ReasonCounts.of(counts.refused(), Verdict.DROP),
        ReasonCounts.of(counts.refused(), Verdict.PASS),
        connections());
  }

  private long connections() {
    return passthrough.tables().current().frontends().stream()
        .flatMap(frontend -> frontend.traffic().stream())
        .mapToLong(traffic -> traffic.currentConnections())
        .sum();
  }

  /** Puts a changed file in force. */
  private final class Reload implements ConfigWatcher.Listener {
    @Override
    public void changed(Config config) {
      steering.runAndWait(() -> apply(config));
    }

    @Override
    public void rejected(ConfigException errors) {
      LOG.error("the configuration stays as it was:\n{}", errors.getMessage());
    }

    private void apply(Config config) {
      try {
        Snapshot next = new Registry(config).snapshot();
        ListenAddresses.check(next, links.interfaces());
        ServerAddresses.check(next, links);
        arms.requireAll(next, links);
        reserveAgain(config);
      } catch (CommandFailure | LinkException e) {
        LOG.error("the configuration stays as it was: {}", e.getMessage());
        return;
      }
      boolean startAgain = !config.passthrough().equals(settings) || !config.stats().equals(stats);
      boolean services =
          !config.frontends().equals(registry.config().frontends())
              || !config.backends().equals(registry.config().backends());
      if (startAgain) {
        LOG.warn(
            "[passthrough] or [stats] differs from that of the start; it takes effect at the next");
      }
      registry.apply(config);
      watcher.watch(servers());
      awaitNextHops();
      steering.refreshOrRetry();
      if (services || !startAgain) {
        LOG.info("the configuration has changed and is in force");
      }
    }
  }

  private void reserveAgain(Config config) {
    for (FrontendConfig frontend : config.frontends().values()) {
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

  /** Leaves connections that are alive to the next process, and the machine as it was otherwise. */
  private void leave() {
    if (steering == null || !steering.isGuarding()) {
      claim.abandon();
      return;
    }
    long connections = connections();
    if (connections == 0 || purge || settings.restartGrace().isZero()) {
      claim.purge();
    } else {
      claim.release(
          surroundings.guard(registry.snapshot(), passthrough.tables().current()),
          settings.restartGrace());
      LOG.info(
          "live connections: {}; they wait {} s for the next start, and the kernel leaves them alone",
          connections,
          settings.restartGrace().toSeconds());
    }
  }

  /**
   * Stops. Flows that are alive are left to the next process: what keeps the kernel from answering
   * their frames lasts for the time of grace.
   *
   * @return whether all went as it should; if not, the log says what did not
   */
  public boolean stop() {
    return closeAll();
  }

  private boolean closeAll() {
    boolean clean = true;
    while (!opened.isEmpty()) {
      AutoCloseable resource = opened.pop();
      try {
        resource.close();
      } catch (Exception e) {
        LOG.warn("at the stop: {}", e.getMessage());
        clean = false;
      }
    }
    return clean;
  }
}
