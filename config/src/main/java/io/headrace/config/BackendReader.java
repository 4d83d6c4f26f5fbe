package io.headrace.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads {@code [backends.NAME]}. */
final class BackendReader {
  private static final HealthCheckConfig DEFAULT = HealthCheckConfig.DEFAULT;

  private static final Key<InetSocketAddress> ADDR =
      Key.required("addr", Types.address(), "\"192.0.2.1:80\"", "address and port, no host name");

  private static final Key<Integer> WEIGHT =
      Key.of(
          "weight",
          Types.integer(0, 65535),
          ServerConfig.DEFAULT_WEIGHT,
          "2",
          "its share of new connections, relative to the pool; 0 takes none");

  private static final Key<Integer> MAX_CONNECTIONS =
      Key.optional(
          "max_connections",
          Types.integer(1, 10_000_000),
          "no limit",
          "500",
          "in mode proxy: open to it at one time");

  private static final Key<Map<String, Located<Section>>> SERVERS =
      Key.required(
          "servers",
          Types.tables(List.of(ADDR, WEIGHT, MAX_CONNECTIONS)),
          "{ s1 = { addr = \"192.0.2.1:80\" } }",
          "a server of the pool");

  private static final Key<Duration> CONVEY_INTERVAL =
      interval("health_check_interval", "the same as `health_check.interval`, as Convey has it");

  private static final Key<Duration> INTERVAL =
      interval("interval", "between the starts of two checks of a server");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Types.duration(Duration.ofMillis(1)),
          "2 s, at most the interval",
          "\"500ms\"",
          "a check that got no answer by then has failed");

  private static final Key<Integer> RISE =
      Key.of(
          "rise",
          Types.integer(1, 100),
          DEFAULT.rise(),
          "3",
          "successes in a row that bring a server up");

  private static final Key<Integer> FALL =
      Key.of(
          "fall",
          Types.integer(1, 100),
          DEFAULT.fall(),
          "2",
          "failures in a row that take it down");

  private static final Key<Section> HEALTH_CHECK =
      Key.optional(
          "health_check",
          Types.table(List.of(INTERVAL, TIMEOUT, RISE, FALL)),
          "",
          "",
          "how servers are checked");

  static final List<Key<?>> KEYS =
      Stream.of(
              Stream.of(SERVERS, CONVEY_INTERVAL, HEALTH_CHECK),
              BalanceConfig.KEYS.stream(),
              ProxyBackendConfig.KEYS.stream(),
              QueueConfig.KEYS.stream())
          .<Key<?>>flatMap(keys -> keys)
          .toList();

  private BackendReader() {}

  private static Key<Duration> interval(String name, String meaning) {
    return Key.optional(
        name,
        Types.durationOrZero(Duration.ofMillis(100), "no checks"),
        "2 s",
        "\"500ms\"",
        meaning);
  }

  static ParsedBackend read(Section section) {
    Map<String, ServerConfig> servers = new LinkedHashMap<>();
    Map<String, Located<InetSocketAddress>> addresses = new LinkedHashMap<>();
    Map<InetSocketAddress, String> owners = new HashMap<>();
    Optional<Located<Map<String, Located<Section>>>> table = section.find(SERVERS);
    table
        .filter(_ -> section.names(SERVERS).isEmpty())
        .ifPresent(
            empty ->
                section.problem(
                    empty, section.titleOf(SERVERS) + " is empty; a backend needs a server"));
    table
        .map(found -> found.value().values())
        .orElse(List.of())
        .forEach(
            server ->
                readServer(server.value(), owners)
                    .ifPresent(
                        found -> {
                          String name = server.value().name();
                          servers.put(name, found.value());
                          addresses.put(name, new Located<>(found.value().address(), found.at()));
                        }));
    boolean statesChecks = section.has(HEALTH_CHECK) || section.has(CONVEY_INTERVAL);
    HealthCheckConfig healthCheck = readHealthCheck(section);
    BalanceConfig balance = BalanceConfig.read(section);
    ProxyBackendConfig proxy = ProxyBackendConfig.read(section);
    return new ParsedBackend(
        new BackendConfig(
            section.name(), Collections.unmodifiableMap(servers), healthCheck, balance, proxy),
        addresses,
        statesChecks);
  }

  private static Optional<Located<ServerConfig>> readServer(
      Section section, Map<InetSocketAddress, String> owners) {
    Optional<Located<InetSocketAddress>> address = section.find(ADDR);
    int weight = section.get(WEIGHT);
    int maxConnections =
        section.find(MAX_CONNECTIONS).map(Located::value).orElse(ProxyFrontendConfig.UNLIMITED);
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
    Optional<Located<Duration>> convey = backend.find(CONVEY_INTERVAL);
    Optional<Section> table = backend.find(HEALTH_CHECK).map(Located::value);
    Optional<Located<Duration>> stated =
        table.flatMap(section -> section.find(INTERVAL)).or(() -> convey);
    Duration interval = stated.map(Located::value).orElse(DEFAULT.interval());
    Optional<Located<Duration>> limit = table.flatMap(section -> section.find(TIMEOUT));
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
    return new HealthCheckConfig(
        interval,
        timeout,
        table.map(section -> section.get(RISE)).orElse(DEFAULT.rise()),
        table.map(section -> section.get(FALL)).orElse(DEFAULT.fall()));
  }

  private static Duration defaultTimeout(Duration interval) {
    Duration usual = DEFAULT.timeout();
    return interval.isZero() || interval.compareTo(usual) > 0 ? usual : interval;
  }
}
