package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.registry.Registry;
import io.headrace.registry.Server;
import io.headrace.schedule.LiveFlows;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A proxy on the loopback. Health is what a test says it is: nothing is checked. */
final class Bench implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static {
    Leaks.watch();
  }

  private final List<ConnectionEnd> ends = new CopyOnWriteArrayList<>();
  private final Registry registry;
  private final Proxy proxy;

  /** Starts one with a configuration, in which {@code $PORT} is a port that is free. */
  Bench(String toml) {
    Config config = read(toml);
    registry = new Registry(config);
    proxy = new Proxy(config.proxy(), registry, Counters.inMemory(), ends::add, List.of());
    proxy.prepare(registry.snapshot(), config);
    proxy.open(List.of());
  }

  /** One frontend, "web", on a port, and its pool, with what the tables say beyond. */
  static String toml(int port, String frontend, String backend, InetSocketAddress... servers) {
    StringBuilder toml = new StringBuilder();
    toml.append("[frontends.web]\nlisten_addr = '127.0.0.1:" + port + "'\nbackend = 'pool'\n");
    toml.append(frontend).append("\n[backends.pool]\nhealth_check_interval = 0\n");
    toml.append(backend).append('\n');
    for (int i = 0; i < servers.length; i++) {
      toml.append(server("pool", "s" + i, servers[i]));
    }
    return toml.toString();
  }

  static String server(String pool, String name, InetSocketAddress address) {
    return "[backends.%s.servers.%s]\naddr = '%s:%d'\n"
        .formatted(pool, name, address.getAddress().getHostAddress(), address.getPort());
  }

  /**
   * An address for servers, those too that come and go. While none listens, no client's connection
   * takes its port: those are from another address of the loopback.
   */
  static InetSocketAddress freeAddress() throws IOException {
    InetAddress address = InetAddress.getByName("127.0.0.3");
    try (ServerSocket socket = new ServerSocket(0, 1, address)) {
      return new InetSocketAddress(address, socket.getLocalPort());
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Config read(String toml) {
    try {
      return ConfigReader.read(toml, Path.of("test.toml"), Mode.PROXY);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Puts another configuration in force, as a running balancer does. */
  void apply(String toml) {
    Config config = read(toml);
    proxy.prepare(new Registry(config).snapshot(), config);
    registry.apply(config);
  }

  /** Has a check of a server fail or succeed as often as it takes. */
  void health(String name, boolean up) {
    Server server = server(name);
    while (registry.snapshot().isUp(server) != up) {
      registry.report(server, up, "as the test wants");
    }
  }

  LiveFlows flows(String server) {
    return server(server).flows();
  }

  private Server server(String name) {
    return registry.snapshot().pools().stream()
        .flatMap(pool -> pool.servers().stream())
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  InetSocketAddress address() {
    return address("web");
  }

  InetSocketAddress address(String frontend) {
    return registry.config().frontends().get(frontend).listen();
  }

  Socket connect() throws IOException {
    return connect(address());
  }

  /** Connects and is reset, then or a moment later. */
  void assertReset() {
    assertThrows(
        SocketException.class,
        () -> {
          try (Socket socket = connect()) {
            socket.getInputStream().read();
          }
        });
  }

  static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.connect(address, (int) PATIENCE.toMillis());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  Proxy proxy() {
    return proxy;
  }

  FrontendCounts counts() {
    return proxy.frontends().get(0);
  }

  long ends(Ended how) {
    return counts().ends().get(how);
  }

  List<ConnectionEnd> log() {
    return ends;
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("within " + PATIENCE.toSeconds() + " s: " + what);
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  void awaitEnds(Ended how, long count) {
    await(
        how + " " + count + " times",
        () -> ends(how) == count && counts().currentConnections() == 0);
  }

  /** Nothing is counted as open, on either side. */
  void awaitQuiet() {
    await(
        "no connection is left: " + counts().ends(),
        () ->
            proxy.currentConnections() == 0
                && proxy.servers().values().stream()
                    .allMatch(each -> each.currentConnections() == 0));
  }

  @Override
  public void close() {
    proxy.close();
  }
}
