package io.headrace.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code [backends.NAME]}. */
final class BackendReader {
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final int MOST_CHECKS = 100;
  private static final int MOST_WEIGHT = 65535;
  private static final int MOST_CONNECTIONS = 10_000_000;

  private BackendReader() {}

  static ParsedBackend read(Section section) {
    Map<String, ServerConfig> servers = new LinkedHashMap<>();
    Map<String, Located<InetSocketAddress>> addresses = new LinkedHashMap<>();
    section.require("servers", "{ s1 = { addr = \"192.0.2.1:80\" } }");
    Optional<Section> table = section.section("servers");
    if (table.isPresent() && table.get().keys().isEmpty()) {
      table.get().problem(table.get().title() + " is empty; a backend needs a server");
    }
    Map<InetSocketAddress, String> owners = new HashMap<>();
    for (Section server : table.map(Section::sections).orElseGet(List::of)) {
      readServer(server, owners)
          .ifPresent(
              found -> {
                servers.put(server.name(), found.value());
                addresses.put(server.name(), new Located<>(found.value().address(), found.at()));
              });
    }
    boolean statesChecks =
        section.keys().contains("health_check") || section.keys().contains("health_check_interval");
    HealthCheckConfig healthCheck = readHealthCheck(section);
    ProxyBackendConfig proxy = ProxyBackendConfig.read(section);
    section.refuseOthers();
    return new ParsedBackend(
        new BackendConfig(section.name(), Collections.unmodifiableMap(servers), healthCheck, proxy),
        addresses,
        statesChecks);
  }

  private static Optional<Located<ServerConfig>> readServer(
      Section section, Map<InetSocketAddress, String> owners) {
    section.require("addr", "\"192.0.2.1:80\"");
    Optional<Located<InetSocketAddress>> address = section.address("addr");
    int weight =
        section
            .integer("weight", 0, MOST_WEIGHT)
            .map(found -> found.value().intValue())
            .orElse(ServerConfig.DEFAULT_WEIGHT);
    int maxConnections =
        section
            .integer("max_connections", 1, MOST_CONNECTIONS)
            .map(found -> found.value().intValue())
            .orElse(ProxyFrontendConfig.UNLIMITED);
    section.refuseOthers();
    address.ifPresent(
        found -> {
          if (found.value().getAddress().isAnyLocalAddress()
              || found.value().getAddress().isMulticastAddress()) {
            section.problem(
                found, "addr: " + Address.format(found.value()) + " is not one server's address");
          }
          String owner = owners.putIfAbsent(found.value(), section.name());
          if (owner != null) {
            section.problem(
                found,
                "server "
                    + Wording.quote(section.name())
                    + " has the address of server "
                    + Wording.quote(owner)
                    + ", "
                    + Address.format(found.value())
                    + "; to give it more traffic, raise its weight");
          }
        });
    return address.map(
        found ->
            new Located<>(
                new ServerConfig(section.name(), found.value(), weight, maxConnections),
                found.at()));
  }

  private static HealthCheckConfig readHealthCheck(Section backend) {
    Optional<Located<Duration>> convey = interval(backend, "health_check_interval");
    Optional<Section> table = backend.section("health_check");
    Optional<Located<Duration>> stated =
        table.flatMap(section -> interval(section, "interval")).or(() -> convey);
    Duration interval = stated.map(Located::value).orElse(HealthCheckConfig.DEFAULT.interval());
    Optional<Located<Duration>> limit =
        table.flatMap(section -> section.duration("timeout", Duration.ofMillis(1)));
    Duration timeout = limit.map(Located::value).orElseGet(() -> defaultTimeout(interval));
    if (!interval.isZero() && timeout.compareTo(interval) > 0) {
      backend.problem(
          limit.orElseThrow(),
          "timeout "
              + DurationText.format(timeout)
              + " is longer than the interval, "
              + DurationText.format(interval)
              + (stated.isEmpty() ? " unless the file gives another" : "")
              + "; a check would not have ended when the next begins");
    }
    int rise = count(table, "rise", HealthCheckConfig.DEFAULT.rise());
    int fall = count(table, "fall", HealthCheckConfig.DEFAULT.fall());
    table.ifPresent(Section::refuseOthers);
    return new HealthCheckConfig(interval, timeout, rise, fall);
  }

  private static Duration defaultTimeout(Duration interval) {
    Duration usual = HealthCheckConfig.DEFAULT.timeout();
    return interval.isZero() || interval.compareTo(usual) > 0 ? usual : interval;
  }

  private static Optional<Located<Duration>> interval(Section section, String key) {
    return section
        .duration(key, Duration.ZERO)
        .filter(
            found -> {
              boolean sane =
                  found.value().isZero() || found.value().compareTo(SHORTEST_INTERVAL) >= 0;
              if (!sane) {
                section.problem(
                    found,
                    key
                        + " must be at least "
                        + DurationText.format(SHORTEST_INTERVAL)
                        + ", or 0 for no checks, not "
                        + DurationText.format(found.value()));
              }
              return sane;
            });
  }

  private static int count(Optional<Section> table, String key, int otherwise) {
    return table
        .flatMap(section -> section.integer(key, 1, MOST_CHECKS))
        .map(found -> found.value().intValue())
        .orElse(otherwise);
  }
}
