package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * HAProxy as a TCP proxy with one thread.
 *
 * @param splice whether the kernel may carry data from socket to socket by itself
 */
record Haproxy(boolean splice) implements Forwarder {
  @Override
  public String name() {
    return splice ? "haproxy/splice" : "haproxy";
  }

  @Override
  public boolean carries(Protocol protocol) {
    return protocol == Protocol.TCP;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    Path file =
        service.write(
            "haproxy.cfg",
            """
            global
              nbthread 1
              maxconn 4096
            defaults
              mode tcp
              %s
              timeout connect 5s
              timeout client 5m
              timeout server 5m
            listen main
              bind %s:%d
            %s
            """
                .formatted(
                    splice ? "option splice-auto" : "",
                    service.address(),
                    service.port(),
                    service.lines("  server s%d %s:%d")));
    return Optional.of(
        service
            .balancer()
            .start(service.command(List.of("haproxy", "-db", "-f", file.toString()))));
  }
}
