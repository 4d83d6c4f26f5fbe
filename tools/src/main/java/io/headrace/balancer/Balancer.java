package io.headrace.balancer;

import io.headrace.admin.AdminServer;
import io.headrace.admin.FlowPages;
import io.headrace.admin.StatisticsPage;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigSource;
import io.headrace.config.ConfigWatcher;
import io.headrace.config.FrontendConfig;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.counters.CountersFileException;
import io.headrace.counters.CountersFiles;
import io.headrace.link.LinkException;
import io.headrace.passthrough.Passthrough;
import io.headrace.proxy.Proxy;
import io.headrace.proxy.ProxyException;
import io.headrace.registry.HealthChecker;
import io.headrace.registry.Registry;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running balancer: the proxy and, if a frontend asks for it, the frame pipeline, on one registry
 * that the configuration file and the health checks keep up to date.
 */
public final class Balancer {
  private static final Logger LOG = LoggerFactory.getLogger(Balancer.class);

  private final Config started;
  private final Registry registry;
  private final Counters counters;
  private final NamesOfIds names;

  /** For the thread that watches. */
  private Optional<Pauses> pauses = Optional.empty();

  private final Resources opened = new Resources();
  private final Proxy proxy;
  private final Optional<PassthroughSide> passthrough;
  private final ConfigWatcher watcher;
  private final CompletableFuture<String> ended = new CompletableFuture<>();

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
    this.started = config;
    this.registry = new Registry(config);
    try {
      counters = opened.open(CountersFiles.create(file));
      Optional<AdminServer> admin = config.stats().listen().map(this::bind);
      Optional<AccessLog> log =
          config
              .proxy()
              .accessLog()
              .map(path -> opened.open(AccessLog.open(path, config.proxy().accessLogFormat())));
      proxy =
          opened.open(
              new Proxy(
                  config.proxy(),
                  registry,
                  counters,
                  end -> log.ifPresent(lines -> lines.write(end))));
      // Before the NAT ports are chosen: what is bound is none of them.
      proxy.prepare(registry.snapshot(), config);
      passthrough =
          config.has(Mode::isOfFrames)
              ? Optional.of(
                  new PassthroughSide(config, registry, counters, opened, purge, ended::complete))
              : Optional.empty();
      names = new NamesOfIds(registry, counters);
      registry.listen(_ -> names.update());
      proxy.open();
      opened.open(new Watch(this::watch));
      opened.open(HealthChecker.start(registry));
      watcher =
          opened.open(
              ConfigWatcher.start(ConfigSource.of(file), mode, registry::config, new Reload()));
      admin.ifPresent(this::serve);
    } catch (ProxyException | CountersFileException e) {
      opened.closeAll();
      throw new CommandFailure(e.getMessage());
    } catch (RuntimeException | Error e) {
      opened.closeAll();
      throw e;
    }
    // Behind the refresh that the neighbours' answers have brought.
    passthrough.ifPresentOrElse(side -> side.run(() -> sayReady(config)), () -> sayReady(config));
  }

  private AdminServer bind(InetSocketAddress listen) {
    try {
      return opened.open(new AdminServer(listen));
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot serve statistics on " + Address.format(listen) + ": " + e.getMessage());
    }
  }

  private void serve(AdminServer admin) {
    Optional<Passthrough> frames = passthrough.map(PassthroughSide::passthrough);
    Map<String, AdminServer.Page> pages = new HashMap<>();
    pages.put(StatisticsPage.PATH, new StatisticsPage(counters.view(), this::look));
    frames.ifPresent(each -> pages.putAll(new FlowPages(each).pages()));
    // The first to be closed: it reads what is closed after it.
    opened.open(admin).serve(pages);
  }

  private void watch() {
    if (pauses.isEmpty()) {
      // Not at the start: to load what knows of them takes its time.
      pauses = Optional.of(new Pauses(counters));
    }
    pauses.get().look();
    look();
  }

  /** Counts what nobody tells. */
  private void look() {
    names.update();
    passthrough.ifPresent(PassthroughSide::countLosses);
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
                    "frontend {}: {} {} to backend {}, {}",
                    frontend.name(),
                    frontend.protocol(),
                    Address.format(frontend.listen()),
                    frontend.backend(),
                    way(frontend)));
    config
        .stats()
        .listen()
        .ifPresent(at -> LOG.info("statistics: http://{}/stats", Address.format(at)));
    LOG.info(
        "ready: {}",
        Stream.concat(
                passthrough.map(PassthroughSide::description).stream(),
                proxy.description().map(on -> "proxy on " + on).stream())
            .collect(Collectors.joining("; ")));
  }

  private static String way(FrontendConfig frontend) {
    String mode = frontend.mode().name().toLowerCase(Locale.ROOT);
    return frontend.mode() == Mode.DSR
        ? mode + " by " + frontend.dsr().way().name().toLowerCase(Locale.ROOT)
        : mode;
  }

  /** Puts a changed file in force. */
  private final class Reload implements ConfigWatcher.Listener {
    @Override
    public void changed(Config config) {
      passthrough.ifPresentOrElse(
          side -> side.runAndWait(() -> apply(config)), () -> apply(config));
    }

    @Override
    public void rejected(ConfigException errors) {
      LOG.error("the configuration stays as it was:\n{}", errors.getMessage());
    }

    private void apply(Config config) {
      try {
        Snapshot next = new Registry(config).snapshot();
        if (passthrough.isEmpty() && config.has(Mode::isOfFrames)) {
          throw new CommandFailure(
              "it has the first frontend of mode \"passthrough\" or \"dsr\"; start headrace again");
        }
        passthrough.ifPresent(side -> side.check(next, config));
        proxy.prepare(next, config);
      } catch (CommandFailure | LinkException | ProxyException e) {
        LOG.error("the configuration stays as it was: {}", e.getMessage());
        return;
      }
      boolean startAgain =
          !config.passthrough().equals(started.passthrough())
              || !config.proxy().equals(started.proxy())
              || !config.stats().equals(started.stats());
      boolean services =
          !config.frontends().equals(registry.config().frontends())
              || !config.backends().equals(registry.config().backends());
      if (startAgain) {
        LOG.warn(
            "[passthrough], [proxy] or [stats] differs from that of the start; it takes effect at"
                + " the next");
      }
      registry.apply(config);
      passthrough.ifPresent(PassthroughSide::applied);
      if (services || !startAgain) {
        LOG.info("the configuration has changed and is in force");
      }
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
    watcher.close();
    long open = proxy.drain(Duration.ZERO);
    if (open > 0) {
      LOG.info(
          "nobody is let in any more; connections that may go on for {} s: {}; a second signal ends"
              + " them",
          started.proxy().drainTimeout().toSeconds(),
          open);
      long cut = proxy.drain(started.proxy().drainTimeout());
      if (cut > 0) {
        LOG.warn("connections that are cut off: {}", cut);
      }
    }
    return opened.closeAll();
  }

  /** Has {@link #stop} wait for no connection. Any thread. */
  public void hurry() {
    proxy.hurry();
  }
}
