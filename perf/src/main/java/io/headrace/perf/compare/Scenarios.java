package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import java.util.List;

/** All that can be measured, in the order of the report. */
final class Scenarios {
  private static final List<Forwarder> FORWARDERS =
      List.of(
          new Straight(),
          new Nftables(),
          new Haproxy(false),
          new NginxStream(),
          Headrace.offloading(),
          Headrace.of("packet", "shared"),
          Headrace.of("packet", "dedicated"),
          Headrace.of("pcap", "shared"));

  private static final List<Forwarder> PROXIES =
      List.of(
          new Straight(),
          new Haproxy(false),
          new Haproxy(true),
          new NginxStream(),
          new HeadraceProxy("io_uring"),
          new HeadraceProxy("nio"));

  static final List<Scenario> ALL =
      List.of(
          tcp(
              "keepalive",
              "HTTP, connections kept (wrk -t1 -c64), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(1, 64, true))),
          tcp(
              "connections",
              "HTTP, a connection for each request (wrk -t1 -c64), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(1, 64, false))),
          tcp(
              "convey",
              "Convey's own benchmark (wrk -t6 -c200), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(6, 200, true))),
          new PeerScenario(
              "dsr",
              "direct server return: HTTP, connections kept (wrk -t1 -c64), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(1, 64, true)),
              List.of(
                  new Straight(),
                  new Nftables(),
                  new Haproxy(false),
                  Headrace.of("packet", "shared"),
                  new DirectReturn("l2"),
                  new DirectReturn("nat"))),
          tcp("stream", "one TCP connection flat out (iperf3)", new StreamWorkload()),
          udp(
              "udp",
              "64-byte UDP frames of 64 flows flat out; the generator has its own core",
              new FloodWorkload()),
          udp(
              "pingpong",
              "a small datagram there and back, everything on one core",
              new PingPongWorkload()),
          proxy(
              "proxy-keepalive",
              "proxies, connections kept (wrk -t1 -c64), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(1, 64, true))),
          proxy(
              "proxy-connections",
              "proxies, a connection for each request (wrk -t1 -c64)",
              new HttpWorkload(new Wrk.Load(1, 64, false))),
          proxy(
              "proxy-convey",
              "proxies, Convey's own benchmark (wrk -t6 -c200), answers of 70 bytes",
              new HttpWorkload(new Wrk.Load(6, 200, true))),
          proxy("proxy-stream", "proxies, one TCP connection (iperf3)", new StreamWorkload()),
          new IdleConnectionsScenario(),
          new IdleScenario(),
          new StartScenario(),
          new ListingScenario(),
          new ReadersScenario());

  private Scenarios() {}

  private static Scenario tcp(String name, String description, Workload workload) {
    return scenario(name, description, workload, Protocol.TCP);
  }

  private static Scenario udp(String name, String description, Workload workload) {
    return scenario(name, description, workload, Protocol.UDP);
  }

  private static Scenario proxy(String name, String description, Workload workload) {
    return new OneCore(name, new PeerScenario(name, description, workload, PROXIES));
  }

  private static Scenario scenario(
      String name, String description, Workload workload, Protocol protocol) {
    return new PeerScenario(
        name,
        description,
        workload,
        FORWARDERS.stream().filter(each -> each.carries(protocol)).toList());
  }
}
