package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.util.Optional;

/**
 * Headrace in mode proxy with one event loop, as {@code ./headrace run} starts it. As with the
 * peers, no server is checked.
 *
 * @param io a value of the key of that name
 */
record HeadraceProxy(String io) implements Forwarder {
  @Override
  public String name() {
    return "headrace proxy/" + io;
  }

  @Override
  public boolean carries(Protocol protocol) {
    return true;
  }

  @Override
  public boolean isHeadrace() {
    return true;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    return Optional.of(HeadraceProgram.ofThisCheckout().start(service, toml(service)));
  }

  private String toml(Service service) {
    return """
        [proxy]
        io = "%s"
        event_loops = 1
        [frontends.main]
        mode = "proxy"
        listen_addr = "%s:%d"
        protocol = "%s"
        backend = "pool"
        [backends.pool]
        health_check = { interval = 0 }
        [backends.pool.servers]
        %s
        """
        .formatted(
            io,
            service.address(),
            service.port(),
            service.isUdp() ? "udp" : "tcp",
            service.lines("s%d = { addr = \"%s:%d\" }"));
  }
}
