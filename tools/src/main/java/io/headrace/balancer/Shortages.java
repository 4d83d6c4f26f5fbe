package io.headrace.balancer;

import io.headrace.config.Address;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.Reason;
import io.headrace.forward.Target;
import io.headrace.forward.Traffic;
import io.headrace.pipeline.PipelineCounts;
import io.headrace.registry.Server;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log what new connections are dropped for want of, and what helps. Each shortage is
 * said when it begins, and once a minute while it lasts. Not thread-safe.
 */
final class Shortages {
  private static final Logger LOG = LoggerFactory.getLogger(Shortages.class);
  private static final long QUIET_NS = Duration.ofMinutes(1).toNanos();

  private final Map<String, Said> said = new HashMap<>();

  private record Said(long dropped, long atNs) {}

  /**
   * Looks at what was counted since the last time.
   *
   * @param table with the servers' counts
   * @param counts of the pipeline
   * @param nowNs monotonic
   */
  void look(ForwardingTable table, PipelineCounts counts, long nowNs) {
    for (Target target : table.targets()) {
      long dropped = target.traffic().stream().mapToLong(Traffic::withoutPort).sum();
      say(
          "no NAT port is left towards server " + name(target.server()),
          "widen nat_ports, or give more source_addrs",
          dropped,
          nowNs);
    }
    say(
        "the flow table is full of connections",
        "raise connection_tracker_capacity",
        counts.refused(Reason.TABLE_FULL).get(),
        nowNs);
  }

  void say(String what, String remedy, long dropped, long nowNs) {
    Said last = said.get(what);
    boolean more = dropped > (last == null ? 0 : last.dropped());
    if (more && (last == null || nowNs - last.atNs() >= QUIET_NS)) {
      said.put(what, new Said(dropped, nowNs));
      LOG.warn("{}: {} new connections were dropped so far; {}", what, dropped, remedy);
    }
  }

  private static String name(Server server) {
    return server.backend() + "/" + server.name() + " (" + Address.format(server.address()) + ")";
  }
}
