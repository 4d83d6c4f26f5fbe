package io.headrace.balancer;

import io.headrace.config.Address;
import io.headrace.counters.Counters;
import io.headrace.counters.Directory;
import io.headrace.registry.Pool;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the directory of the counters file in step with the registry: what ids stand for, and how
 * servers are. A server that has left the configuration stays in it, as its counts do. Any thread.
 */
public final class NamesOfIds {
  private static final Logger LOG = LoggerFactory.getLogger(NamesOfIds.class);
  private static final Directory.State LEFT =
      new Directory.State("left", false, "is configured no more", Instant.EPOCH, "ready");

  private final Registry registry;
  private final Counters counters;
  private final Map<Integer, Server> known = new LinkedHashMap<>();
  private Optional<Directory> written = Optional.empty();

  public NamesOfIds(Registry registry, Counters counters) {
    this.registry = registry;
    this.counters = counters;
  }

  /** Writes what has changed, if anything has. */
  public synchronized void update() {
    Snapshot snapshot = registry.snapshot();
    Map<Integer, Server> configured = new LinkedHashMap<>();
    for (Pool pool : snapshot.pools()) {
      pool.servers().forEach(server -> configured.put(server.id(), server));
    }
    known.putAll(configured);
    // In the order of the file; those that left behind them.
    List<Directory.Server> servers = new ArrayList<>();
    configured.values().forEach(each -> servers.add(server(each, true, state(each, snapshot))));
    known.values().stream()
        .filter(each -> !configured.containsKey(each.id()))
        .forEach(each -> servers.add(server(each, false, LEFT)));
    Directory directory =
        new Directory(
            snapshot.pools().stream().map(Pool::name).toList(),
            snapshot.services().stream().map(NamesOfIds::frontend).toList(),
            servers);
    if (written.isEmpty() || !written.get().equals(directory)) {
      written = Optional.of(directory);
      if (!counters.directory(directory)) {
        LOG.warn("statistics do not follow: the configuration has more than they have room for");
      }
    }
  }

  private Directory.State state(Server server, Snapshot snapshot) {
    return registry
        .status(server)
        .map(
            status ->
                new Directory.State(
                    status.state().label(),
                    snapshot.isUp(server),
                    status.reason(),
                    status.since().truncatedTo(ChronoUnit.MILLIS),
                    status.admin().label()))
        .orElse(LEFT);
  }

  private static Directory.Frontend frontend(Service service) {
    return new Directory.Frontend(
        service.id(),
        service.name(),
        Address.format(service.listen()),
        service.protocol().name().toLowerCase(Locale.ROOT),
        service.mode().name().toLowerCase(Locale.ROOT),
        service.pool().name());
  }

  private static Directory.Server server(
      Server server, boolean isConfigured, Directory.State state) {
    return new Directory.Server(
        server.id(),
        server.backend(),
        server.name(),
        Address.format(server.address()),
        server.weight(),
        isConfigured,
        state);
  }
}
