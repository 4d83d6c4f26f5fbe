package io.headrace.perf.compare;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.config.Protocol;
import io.headrace.dsr.ServerSetup;
import io.headrace.dsr.ServerSetup.Balancer;
import io.headrace.registry.Registry;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Headrace in direct server return, as {@code ./headrace run} starts it, with servers that are set
 * up as {@code ./headrace dsr-setup} says.
 *
 * @param way a value of the key {@code dsr} that needs no tunnel device
 */
record DirectReturn(String way) implements Forwarder {
  /** Not the balancer's own, which servers could not tell from theirs. */
  private static final String FRONTEND = "192.0.2.100";

  private static final int MTU = 1500;

  @Override
  public String name() {
    return "headrace dsr/" + way;
  }

  @Override
  public boolean carries(Protocol protocol) {
    return protocol == Protocol.TCP;
  }

  @Override
  public boolean isHeadrace() {
    return true;
  }

  @Override
  public String target(Service service) {
    return FRONTEND;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    String toml = toml(service);
    run(service.balancer(), "ip", "address", "add", FRONTEND + "/32", "dev", "eth0");
    List<ServerSetup> setups = setups(service, toml);
    for (Host server : service.servers()) {
      setups.stream()
          .filter(each -> each.isMeant(server.address()))
          .forEach(each -> run(server, "sh", "-e", "-c", each.script()));
    }
    return Optional.of(HeadraceProgram.ofThisCheckout().start(service, toml));
  }

  private static List<ServerSetup> setups(Service service, String toml) {
    try {
      Config config = ConfigReader.read(toml, Path.of("dsr.toml"), Mode.DSR);
      Balancer balancer = new Balancer(Set.of(InetAddress.getByName(service.address())), MTU);
      return ServerSetup.of(new Registry(config).snapshot(), _ -> balancer);
    } catch (ConfigException | UnknownHostException e) {
      throw new TestbedException("the configuration: " + e.getMessage(), e);
    }
  }

  private String toml(Service service) {
    return """
        [passthrough]
        connection_tracker_file = "flows"
        connection_tracker_capacity = 200000
        [frontends.main]
        listen_addr = "%s:%d"
        mode = "dsr"
        dsr = "%s"
        backend = "pool"
        [backends.pool]
        health_check = { interval = 0 }
        [backends.pool.servers]
        %s
        """
        .formatted(FRONTEND, service.port(), way, service.lines("s%d = { addr = \"%s:%d\" }"));
  }

  private static void run(Host host, String... command) {
    Result result = host.run(command);
    if (!result.ok()) {
      throw new TestbedException(
          "'%s' failed: %s".formatted(String.join(" ", command), result.err().strip()));
    }
  }
}
