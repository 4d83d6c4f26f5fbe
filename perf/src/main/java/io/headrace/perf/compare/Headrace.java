package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.util.Optional;

/**
 * Headrace in passthrough, as {@code ./headrace run} starts it. As with the peers, no server is
 * checked.
 *
 * @param io a value of the key of that name
 * @param threading a value of the key of that name
 * @param idle a value of the key of that name
 * @param offload a value of the key of that name
 */
record Headrace(String io, String threading, String idle, String offload) implements Forwarder {

  static Headrace of(String io, String threading) {
    return new Headrace(io, threading, "backoff", "off");
  }

  /** The kernel forwards what follows in a connection. */
  static Headrace offloading() {
    return new Headrace("packet", "shared", "backoff", "tc");
  }

  @Override
  public String name() {
    return "headrace %s/%s".formatted(io, offload.equals("off") ? threading : "offload");
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
        [passthrough]
        io = "%s"
        threading = "%s"
        idle = "%s"
        offload = "%s"
        connection_tracker_file = "flows"
        connection_tracker_capacity = 200000
        [frontends.main]
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
            threading,
            idle,
            offload,
            service.address(),
            service.port(),
            service.isUdp() ? "udp" : "tcp",
            service.lines("s%d = { addr = \"%s:%d\" }"));
  }
}
