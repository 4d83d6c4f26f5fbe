package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** nginx as a TCP or UDP proxy (its stream module) with one worker. */
final class NginxStream implements Forwarder {
  @Override
  public String name() {
    return "nginx";
  }

  @Override
  public boolean carries(Protocol protocol) {
    return true;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    Path file =
        service.write(
            "stream.conf",
            """
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            user root;
            worker_processes 1;
            worker_rlimit_nofile 16384;
            pid stream.pid;
            events { worker_connections 8192; }
            stream {
              upstream pool {
            %s
              }
              server {
                listen %s:%d %s;
                proxy_pass pool;
                proxy_timeout 5m;
              }
            }
            """
                .formatted(
                    service.lines("    server %2$s:%3$d;"),
                    service.address(),
                    service.port(),
                    service.isUdp() ? "udp" : "backlog=4096"));
    return Optional.of(
        service
            .balancer()
            .start(
                service.command(
                    List.of(
                        "nginx",
                        "-e",
                        "stderr",
                        "-p",
                        service.balancer().directory().toString(),
                        "-c",
                        file.toString()))));
  }
}
