package io.headrace.balancer;

import io.headrace.admin.AdminServer;
import io.headrace.admin.Site;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.Config;
import io.headrace.config.ProxyConfig;
import io.headrace.config.StatsConfig;
import io.headrace.proxy.ConnectionEnd;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a balancer tells the world: its statistics over HTTP and its access log, which follow the
 * configuration. {@link #write} may be called by any thread, the rest by one at a time.
 */
final class Outlets implements AutoCloseable {
  private final Site site;
  private final Optional<String> token;
  private StatsConfig stats = new StatsConfig(Optional.empty());
  private ProxyConfig proxy = ProxyConfig.DEFAULT;
  private Optional<AdminServer> admin = Optional.empty();
  private volatile Optional<AccessLog> log = Optional.empty();

  /**
   * @param site what is answered over HTTP
   * @param token of those who may change things
   */
  Outlets(Site site, Optional<String> token) {
    this.site = site;
    this.token = token;
  }

  /**
   * Opens what a configuration wants, and closes what it does not want any more.
   *
   * @param rest of the change; when it throws, nothing has changed here
   * @throws CommandFailure when something cannot be opened; nothing has changed then
   */
  void change(Config config, Runnable rest) {
    boolean sameStats = config.stats().equals(stats);
    boolean sameLog =
        config.proxy().accessLog().equals(proxy.accessLog())
            && config.proxy().accessLogFormat() == proxy.accessLogFormat();
    Resources fresh = new Resources();
    Optional<AdminServer> nextAdmin;
    Optional<AccessLog> nextLog;
    try {
      nextAdmin =
          sameStats ? admin : config.stats().listen().map(listen -> fresh.open(bind(listen)));
      nextLog = sameLog ? log : config.proxy().accessLog().map(path -> fresh.open(open(config)));
      rest.run();
    } catch (RuntimeException | Error e) {
      fresh.closeAll();
      throw e;
    }
    Resources old = new Resources();
    if (!sameStats) {
      admin.ifPresent(old::open);
    }
    if (!sameLog) {
      log.ifPresent(old::open);
    }
    admin = nextAdmin;
    log = nextLog;
    stats = config.stats();
    proxy = config.proxy();
    old.closeAll();
  }

  private AdminServer bind(InetSocketAddress listen) {
    try {
      return new AdminServer(listen, site, token);
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot serve statistics on " + Address.format(listen) + ": " + e.getMessage());
    }
  }

  private static AccessLog open(Config config) {
    return AccessLog.open(
        config.proxy().accessLog().orElseThrow(), config.proxy().accessLogFormat());
  }

  /** Takes a connection of the proxy down that is over. */
  void write(ConnectionEnd end) {
    log.ifPresent(lines -> lines.write(end));
  }

  /** Closes what answers, until the next change: it reads what is closed after it. */
  void closeAdmin() {
    site.close();
    admin.ifPresent(AdminServer::close);
    admin = Optional.empty();
    stats = new StatsConfig(Optional.empty());
  }

  @Override
  public void close() throws IOException {
    closeAdmin();
    if (log.isPresent()) {
      log.get().close();
    }
  }
}
