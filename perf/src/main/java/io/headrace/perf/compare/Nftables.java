package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;
import java.nio.file.Path;
import java.util.Optional;

/** The kernel's own NAT, with connection tracking: servers in turn, in the name of the balancer. */
final class Nftables implements Forwarder {
  @Override
  public String name() {
    return "nftables";
  }

  @Override
  public boolean carries(Protocol protocol) {
    return true;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    Host host = service.balancer();
    Path rules = service.write("rules.nft", rules(service));
    run(host, "nft -f " + rules);
    // Clients and servers are on one network, so the kernel would tell them of a better way.
    run(host, "cd /proc/sys/net/ipv4 && for f in conf/*/send_redirects; do echo 0 >$f; done");
    run(host, "echo 1 >/proc/sys/net/ipv4/ip_forward");
    return Optional.empty();
  }

  private static String rules(Service service) {
    return """
        table ip peer {
          chain arriving {
            type nat hook prerouting priority dstnat;
            ip daddr %1$s %2$s dport %3$d dnat to numgen inc mod %4$d map { %5$s }
          }
          chain leaving {
            type nat hook postrouting priority srcnat;
            %2$s dport %3$d masquerade
          }
        }
        """
        .formatted(
            service.address(),
            service.isUdp() ? "udp" : "tcp",
            service.port(),
            service.servers().size(),
            service.lines("%d : %s").replace("\n", ", "));
  }

  private static void run(Host host, String script) {
    Result result = host.run("sh", "-c", script);
    if (!result.ok()) {
      throw new TestbedException("'%s' failed: %s".formatted(script, result.err().strip()));
    }
  }
}
