package io.headrace.endtoend;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.Testbed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A configuration of the balancer under test: one frontend, one backend with the servers of the
 * testbed. Each method changes it and returns it.
 */
final class Setup {
  static final int STATS_PORT = 7000;
  static final int CAPACITY = 65536;

  /** By packet sockets, and the pipeline forwards all. */
  static final String PIPELINE = "pipeline";

  /** By packet sockets, and the kernel forwards what follows in a connection. */
  static final String OFFLOAD = "offload";

  private final Map<String, String> passthrough = new LinkedHashMap<>();
  private final Map<String, String> frontend = new LinkedHashMap<>();
  private final Map<String, String> pool = new LinkedHashMap<>();
  private final Map<String, String> servers = new LinkedHashMap<>();
  private final List<String> more = new ArrayList<>();
  private String listen;
  private String protocol = "tcp";
  private String healthCheck = "{ interval = \"1s\", timeout = \"1s\" }";
  private String onDown = "keep";
  private String stats = "[stats]\nport = " + STATS_PORT + "\n";

  private Setup(String listen) {
    this.listen = listen;
  }

  /**
   * HTTP on port 80 of the balancer's first address, to every server of the testbed.
   *
   * @param io {@link #PIPELINE} or {@link #OFFLOAD}, or a value of the key of that name: then flows
   *     are offloaded as they are where a file says nothing of it
   */
  static Setup http(Testbed bed, String io) {
    Setup setup = new Setup(bed.balancer().address() + ":" + NginxServer.PORT);
    switch (io) {
      case PIPELINE -> setup.set("io", quote("packet")).set("offload", quote("off"));
      case OFFLOAD -> setup.set("io", quote("packet")).set("offload", quote("tc"));
      default -> setup.set("io", quote(io));
    }
    setup.set("connection_tracker_capacity", String.valueOf(CAPACITY));
    setup.set("connection_tracker_file", "\"flows\"");
    setup.set("restart_grace", "\"3s\"");
    bed.servers().forEach(server -> setup.server(server, 1));
    return setup;
  }

  /** The same over IPv6. */
  static Setup ipv6(Testbed bed, String io) {
    Setup setup =
        http(bed, io).listen("[%s]:%d".formatted(bed.balancer().ipv6(), NginxServer.PORT));
    for (Host server : bed.servers()) {
      setup.server(server.name(), "[%s]:%d".formatted(server.ipv6(), NginxServer.PORT), 1);
    }
    return setup;
  }

  /** A key of [passthrough]. */
  Setup set(String key, String value) {
    passthrough.put(key, value);
    return this;
  }

  /** A key of the frontend. */
  Setup frontend(String key, String value) {
    frontend.put(key, value);
    return this;
  }

  /** A key of the backend. */
  Setup pool(String key, String value) {
    pool.put(key, value);
    return this;
  }

  Setup listen(String address) {
    listen = address;
    return this;
  }

  Setup protocol(String name) {
    protocol = name;
    return this;
  }

  Setup healthCheck(String table) {
    healthCheck = table;
    return this;
  }

  Setup onDown(String what) {
    onDown = what;
    return this;
  }

  Setup stats(String section) {
    stats = section;
    return this;
  }

  Setup server(Host host, int weight) {
    return server(host.name(), host.address() + ":" + NginxServer.PORT, weight);
  }

  Setup server(String name, String address, int weight) {
    servers.put(name, "{ addr = %s, weight = %d }".formatted(quote(address), weight));
    return this;
  }

  Setup without(Host host) {
    servers.remove(host.name());
    return this;
  }

  Setup withoutServers() {
    servers.clear();
    return this;
  }

  /** Any text behind the rest. */
  Setup also(String toml) {
    more.add(toml);
    return this;
  }

  /** The file's content. */
  String toml() {
    StringBuilder file = new StringBuilder("[passthrough]\n");
    passthrough.forEach((key, value) -> file.append(key + " = " + value + "\n"));
    file.append(stats);
    file.append(
        """
        [frontends.main]
        listen_addr = "%s"
        protocol = "%s"
        backend = "pool"
        """
            .formatted(listen, protocol));
    frontend.forEach((key, value) -> file.append(key + " = " + value + "\n"));
    file.append(
        """
        [backends.pool]
        health_check = %s
        on_down = "%s"
        """
            .formatted(healthCheck, onDown));
    pool.forEach((key, value) -> file.append(key + " = " + value + "\n"));
    file.append("[backends.pool.servers]\n");
    servers.forEach((name, server) -> file.append(name + " = " + server + "\n"));
    more.forEach(file::append);
    return file.toString();
  }

  static String quote(String text) {
    return "\"" + text + "\"";
  }
}
