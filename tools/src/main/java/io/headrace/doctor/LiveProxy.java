package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.Metric;
import io.headrace.registry.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Opens one connection through a frontend of mode proxy, from this machine, and follows it by the
 * counters of the balancer.
 */
final class LiveProxy {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long POLL_MS = 20;

  private final CountersView balancer;
  private final Directory.Frontend frontend;
  private final Counts before;

  private LiveProxy(CountersView balancer, Directory.Frontend frontend) {
    this.balancer = balancer;
    this.frontend = frontend;
    this.before = balancer.counts();
  }

  /**
   * @return hop after hop; the last is the problem, if there is one
   */
  static List<Finding> follow(CountersView balancer, Service service) {
    InetSocketAddress at = service.listen();
    InetSocketAddress to =
        at.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), at.getPort())
            : at;
    return balancer.directory().frontends().stream()
        .filter(each -> each.name().equals(service.name()))
        .findFirst()
        .map(frontend -> new LiveProxy(balancer, frontend).follow(to))
        .orElseGet(
            () ->
                List.of(
                    Finding.problem(
                        "the running balancer has no frontend %s".formatted(service.name()),
                        "headrace check FILE --diff, then headrace reload")));
  }

  private List<Finding> follow(InetSocketAddress to) {
    List<Finding> hops = new ArrayList<>();
    try (SocketChannel _ = SocketChannel.open(to)) {
      hops.add(Finding.ok("the kernel has taken a connection to " + Address.format(to)));
      if (!grows(Metric.FRONTEND_CONNECTIONS)) {
        hops.add(
            Finding.problem(
                "the balancer has not accepted it: it is at a limit, or stands still",
                "headrace stats   (connections that are open, and limits)"));
        return hops;
      }
      hops.add(Finding.ok("frontend " + frontend.name() + " has accepted it"));
      hops.add(server());
    } catch (IOException e) {
      hops.add(
          Finding.problem(
              "nobody takes a connection to %s: %s".formatted(Address.format(to), e.getMessage()),
              "headrace stats   (does the balancer run?)"));
    }
    return hops;
  }

  private Finding server() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      Counts now = balancer.counts();
      for (Directory.Server each : balancer.directory().servers()) {
        if (each.backend().equals(frontend.backend())
            && grown(now, Metric.SERVER_CONNECTIONS, each.id()) > 0) {
          return Finding.ok(
              "server %s/%s (%s) has taken it"
                  .formatted(each.backend(), each.name(), each.address()));
        }
      }
      if (!ends(now).isEmpty()) {
        return Finding.problem(
            "the balancer has ended it: " + String.join(", ", ends(now)) + failures(now),
            "headrace servers   (why servers are down)");
      }
      pause();
    }
    return Finding.problem(
        "no server has taken it, and it has not ended" + failures(balancer.counts()),
        "headrace servers; a frontend with accept_proxy or sni waits for the client's first words");
  }

  private List<String> ends(Counts now) {
    Map<String, Long> earlier = before.byKind(Metric.FRONTEND_ENDS, frontend.id());
    return now.byKind(Metric.FRONTEND_ENDS, frontend.id()).entrySet().stream()
        .filter(each -> each.getValue() > earlier.getOrDefault(each.getKey(), 0L))
        .map(Map.Entry::getKey)
        .toList();
  }

  private String failures(Counts now) {
    StringBuilder text = new StringBuilder();
    for (Directory.Server each : balancer.directory().servers()) {
      for (Metric metric :
          List.of(
              Metric.SERVER_CONNECT_REFUSED,
              Metric.SERVER_CONNECT_TIMED_OUT,
              Metric.SERVER_CONNECT_FAILED)) {
        if (grown(now, metric, each.id()) > 0) {
          text.append("; ").append(metric.meaning()).append(": ").append(each.name());
        }
      }
    }
    return text.toString();
  }

  private boolean grows(Metric metric) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      if (grown(balancer.counts(), metric, frontend.id()) > 0) {
        return true;
      }
      pause();
    }
    return false;
  }

  private long grown(Counts now, Metric metric, int id) {
    return now.sum(metric, id) - before.sum(metric, id);
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
