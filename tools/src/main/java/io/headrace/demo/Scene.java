package io.headrace.demo;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the phases of the demo play on: the network, three HTTP servers of different weights on it,
 * and the balancer.
 *
 * @param bed the network
 * @param servers in order; the first has weight 1, the second 2, the third 3
 * @param balancer not yet started
 */
record Scene(Testbed bed, List<NginxServer> servers, BalancerProcess balancer) {
  static final int SERVERS = 3;
  private static final int STATISTICS_PORT = 7000;
  private static final long POLL_MS = 10;

  /** Starts the servers. */
  static Scene set(Testbed bed, DemoOptions options) throws IOException {
    Host host = bed.balancer();
    Path scratch = Files.createDirectory(host.directory().resolve("scratch"));
    Path config = Files.writeString(host.directory().resolve("config.toml"), config(bed, options));
    return new Scene(
        bed,
        bed.servers().stream().map(NginxServer::start).toList(),
        new BalancerProcess(
            host, config, scratch, new InetSocketAddress("127.0.0.1", STATISTICS_PORT)));
  }

  private static String config(Testbed bed, DemoOptions options) {
    return """
    [frontends.web]
    listen_addr = "%s:%d"
    backend = "web"

    [backends.web.health_check]
    interval = "250ms"
    rise = 2
    fall = 3

    %s
    [passthrough]
    io = "%s"
    connection_tracker_file = "scratch/flows"
    connection_tracker_capacity = 100000

    [stats]
    port = %d
    """
        .formatted(
            bed.balancer().address(),
            NginxServer.PORT,
            IntStream.range(0, SERVERS)
                .mapToObj(i -> server(bed.servers().get(i), weight(i)))
                .collect(Collectors.joining()),
            options.io().name().toLowerCase(Locale.ROOT),
            STATISTICS_PORT);
  }

  private static String server(Host host, int weight) {
    return "[backends.web.servers.%s]\naddr = \"%s:%d\"\nweight = %d\n"
        .formatted(host.name(), host.address(), NginxServer.PORT, weight);
  }

  /** Of the server with this index. */
  static int weight(int index) {
    return index + 1;
  }

  /** Where clients connect to. */
  InetSocketAddress frontend() {
    return address(bed.balancer());
  }

  /** The server itself, without a balancer between. */
  InetSocketAddress straight(int index) {
    return address(bed.servers().get(index));
  }

  private static InetSocketAddress address(Host host) {
    return new InetSocketAddress(host.address(), NginxServer.PORT);
  }

  /** Names of all servers. */
  Set<String> names() {
    return bed.servers().stream().map(Host::name).collect(Collectors.toSet());
  }

  /** Has clients end, and waits until they have, for as long as the balancer lives. */
  void end(Load load) {
    load.stop();
    while (load.isRunning()) {
      balancer.live(POLL_MS);
    }
  }

  /** Starts clients, as many of each kind and at such a rate for each kind. */
  Load load(InetSocketAddress target, int clients, int rate, Tally kept, Tally fresh) {
    return new Load(bed.client().threads(), target, names(), clients, rate, kept, fresh);
  }
}
