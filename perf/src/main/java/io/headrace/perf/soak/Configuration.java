package io.headrace.perf.soak;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A configuration of the balancer: frontends on some ports, all to one backend.
 *
 * @param weights the servers with theirs
 * @param ports of the frontends
 * @param offload whether the kernel forwards what it can
 */
record Configuration(
    int capacity, Map<Host, Integer> weights, List<Integer> ports, boolean offload) {
  static final int STATS_PORT = 7000;

  /** Every server with the same weight, one frontend, and flow offload. */
  static Configuration of(int capacity, List<Host> servers) {
    Map<Host, Integer> weights = new LinkedHashMap<>();
    servers.forEach(server -> weights.put(server, 1));
    return new Configuration(capacity, weights, List.of(NginxServer.PORT), true);
  }

  Configuration with(Map<Host, Integer> otherWeights) {
    return new Configuration(capacity, otherWeights, ports, offload);
  }

  Configuration withPorts(List<Integer> otherPorts) {
    return new Configuration(capacity, weights, otherPorts, offload);
  }

  Configuration offload(boolean on) {
    return new Configuration(capacity, weights, ports, on);
  }

  String toml(Host balancer) {
    return """
        [passthrough]
        connection_tracker_file = "flows"
        connection_tracker_capacity = %d
        offload = "%s"
        [stats]
        port = %d
        [backends.pool.servers]
        %s
        %s
        """
        .formatted(capacity, offload ? "auto" : "off", STATS_PORT, servers(), frontends(balancer));
  }

  private String servers() {
    return weights.entrySet().stream()
        .map(
            each ->
                "%s = { addr = \"%s:%d\", weight = %d }"
                    .formatted(
                        each.getKey().name(),
                        each.getKey().address(),
                        NginxServer.PORT,
                        each.getValue()))
        .collect(Collectors.joining("\n"));
  }

  private String frontends(Host balancer) {
    return ports.stream()
        .map(
            port ->
                "[frontends.port%1$d]\nlisten_addr = \"%2$s:%1$d\"\nbackend = \"pool\""
                    .formatted(port, balancer.address()))
        .collect(Collectors.joining("\n"));
  }
}
