package io.headrace.config;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads {@code [backends.NAME]}. */
final class BackendReader {
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

  private static final Key<Boolean> BACKUP =
      Key.of(
          "backup",
          Types.bool(),
          false,
          "true",
          "it gets connections only while no other server takes any");

  private static final Key<InetSocketAddress> CHECK_ADDR =
      Key.optional(
          "check_addr", Types.address(), "`addr`", "\"192.0.2.1:8081\"", "where it is checked");

  private static final Key<Map<String, Located<Section>>> SERVERS =
      Key.required(
          "servers",
          Types.tables(List.of(ADDR, WEIGHT, MAX_CONNECTIONS, BACKUP, CHECK_ADDR)),
          "{ s1 = { addr = \"192.0.2.1:80\" } }",
          "a server of the pool");

  static final List<Key<?>> KEYS =
      Stream.of(
              Stream.of(SERVERS),
              HealthCheckReader.KEYS.stream(),
              BalanceConfig.KEYS.stream(),
              ProxyBackendConfig.KEYS.stream(),
              QueueConfig.KEYS.stream())
          .<Key<?>>flatMap(keys -> keys)
          .toList();

  private BackendReader() {}

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
    boolean statesChecks = HealthCheckReader.isStated(section);
    HealthCheckConfig healthCheck = HealthCheckReader.read(section);
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
    boolean backup = section.get(BACKUP);
    Optional<InetSocketAddress> checked = section.find(CHECK_ADDR).map(Located::value);
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
                new ServerConfig(
                    section.name(), found.value(), weight, maxConnections, backup, checked),
                found.at()));
  }
}
