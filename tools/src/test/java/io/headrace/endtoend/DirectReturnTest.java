package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Direct server return with real servers, which are set up by nothing but the commands that {@code
 * headrace dsr-setup} prints.
 */
@RequiresTestbed
class DirectReturnTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String IPV4_FRONTEND = "192.0.2.100";
  private static final String IPV6_FRONTEND = "2001:db8:2::100";
  private static final int UDP_PORT = 5353;
  private static final int TRANSFERS = 5;
  private static final int QUESTIONS = 200;

  /** Of a datagram of either family that fits any of the tunnels in a frame of 1500. */
  private static final int LONGEST = 1500 - 48 - 48;

  @ParameterizedTest(name = "{0} with {1}, IPv{2} to servers of IPv{3}")
  @CsvSource({
    "l2,packet,4,4",
    "nat,packet,4,4",
    "ipip,packet,4,4",
    "gue,packet,4,4",
    "l2,pcap,4,4",
    "nat,pcap,4,4",
    "ipip,pcap,4,4",
    "l2,packet,6,6",
    "nat,packet,6,6",
    "ipip,packet,6,4",
    "ipip,packet,4,6",
    "gue,packet,6,6",
    "ipip,pcap,6,6"
  })
  void serversSeeTheClientAndAnswerItPastTheBalancer(
      String way, String io, int family, int serverFamily) {
    boolean ipv6Servers = serverFamily == 6;
    assumeTrue(family + serverFamily == 8 || Arm.hasIpv6(), "this kernel has no IPv6");
    try (Testbed bed = Testbed.oneArm(2)) {
      String frontend = family == 4 ? IPV4_FRONTEND : IPV6_FRONTEND;
      hold(bed.balancer(), frontend);
      bed.servers().forEach(NginxServer::start);
      Setup setup = setup(bed, way, io, frontend, ipv6Servers);
      RunningBalancer.write(bed.balancer(), setup.toml());
      bed.servers().forEach(server -> setUp(bed.balancer(), server));
      bed.servers().forEach(server -> echo(server, way, frontend));
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);

      Requests made = Requests.make(bed.client(), inUrl(frontend), 50);
      assertEquals(50, made.answered(), () -> made + balancer.log() + balancer.stats());
      for (Host server : bed.servers()) {
        assertTrue(made.of(server) > 0, made::toString);
        String seen = server.run("ss", "-Htan", "state", "time-wait", "sport = :80").out();
        assertTrue(seen.contains(inUrl(address(bed.client(), family == 6)) + ":"), seen);
        assertTrue(balancer.isUp(server), balancer::log);
      }

      Traffic before = Traffic.of(bed.balancer());
      assertExact(bed, balancer, "download", frontend);
      Traffic downloaded = Traffic.of(bed.balancer()).since(before);
      long moved = (long) TRANSFERS * NginxServer.BIG;
      assertTrue(downloaded.received() < moved / 5, () -> "answers crossed it: " + downloaded);
      assertTrue(downloaded.sent() < moved / 5, () -> "answers crossed it: " + downloaded);

      Traffic between = Traffic.of(bed.balancer());
      assertExact(bed, balancer, "upload", frontend);
      Traffic uploaded = Traffic.of(bed.balancer()).since(between);
      assertTrue(uploaded.received() > moved, () -> "uploads went past it: " + uploaded);
      assertTrue(uploaded.received() < moved * 3 / 2, () -> "echoes crossed it: " + uploaded);

      Result asked =
          JavaProgram.run(
              bed.client(), LIMIT, UdpAsker.class, frontend, UDP_PORT, QUESTIONS, LONGEST);
      assertEquals("answered: " + QUESTIONS, asked.out().strip(), balancer::stats);
      assertEquals(0, balancer.number("too_big_answered"), balancer::stats);
      assertEquals(50 + 2 * TRANSFERS, connections(balancer), balancer::stats);
      Eventually.isTrue(
          "connections are still open",
          () -> balancer.number("current_connections") <= QUESTIONS / 10,
          balancer::stats);
      balancer.stop();
    }
  }

  /** Those of the TCP frontend: each client port of UDP asks ten questions, and counts too. */
  private static long connections(RunningBalancer balancer) {
    return balancer.number("total_connections") - QUESTIONS / 10;
  }

  /** Gives a host an address that it does not send from by itself. */
  private static void hold(Host host, String address) {
    if (address.contains(":")) {
      run(host, ("ip address add " + address + "/128 dev eth0 nodad preferred_lft 0").split(" "));
    } else {
      run(host, "ip", "address", "add", address + "/32", "dev", "eth0");
    }
  }

  private static String address(Host host, boolean ipv6) {
    return ipv6 ? host.ipv6() : host.address();
  }

  private static String inUrl(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  private static Setup setup(
      Testbed bed, String way, String io, String frontend, boolean ipv6Servers) {
    StringBuilder udp =
        new StringBuilder(
            """
            [frontends.echo]
            listen_addr = "%s:%d"
            protocol = "udp"
            mode = "dsr"
            dsr = "%s"
            backend = "echo"
            [backends.echo.servers]
            """
                .formatted(inUrl(frontend), UDP_PORT, way));
    for (Host server : bed.servers()) {
      udp.append(
          "%s = { addr = \"%s:%d\" }\n"
              .formatted(server.name(), inUrl(address(server, ipv6Servers)), UDP_PORT));
    }
    return (ipv6Servers ? Setup.ipv6(bed, io) : Setup.http(bed, io))
        .listen(inUrl(frontend) + ":" + NginxServer.PORT)
        .frontend("mode", "\"dsr\"")
        .frontend("dsr", Setup.quote(way))
        .also(udp.toString());
  }

  /** Runs on a server what the command prints for it. */
  private static void setUp(Host balancer, Host server) {
    Result printed = balancer.run(RunningBalancer.dsrSetup(balancer, "--server", server.name()));
    assertTrue(printed.ok(), printed::toString);
    assertEquals("", printed.err());
    assertFalse(printed.out().isBlank());
    boolean tunnels = printed.out().contains("ip link add");
    boolean helped = tunnels && !Decapsulator.isKernelAbleTo(server);
    String commands =
        printed
            .out()
            .lines()
            .filter(line -> !helped || !line.matches("(modprobe|ip link|ip fou) .*"))
            .collect(Collectors.joining("\n"));
    for (int time = 0; time < 2; time++) {
      run(server, "sh", "-e", "-c", commands);
    }
    if (helped) {
      Decapsulator.start(server);
    }
  }

  /** As behind a server that nobody has told to announce shorter segments. */
  @ParameterizedTest
  @CsvSource({
    "ipip,packet,4,4,1380",
    "gue,packet,4,4,1372",
    "ipip,pcap,4,4,",
    "ipip,packet,6,4,1380",
    "gue,packet,6,6,1352"
  })
  void aClientLearnsHowLongAPacketInATunnelMayBe(
      String way, String io, int family, int serverFamily, String room) {
    assumeTrue(family + serverFamily == 8 || Arm.hasIpv6(), "this kernel has no IPv6");
    boolean ipv6Servers = serverFamily == 6;
    String frontend = family == 4 ? IPV4_FRONTEND : IPV6_FRONTEND;
    try (Testbed bed = Testbed.oneArm(1)) {
      hold(bed.balancer(), frontend);
      Host server = bed.servers().getFirst();
      NginxServer.start(server);
      Setup setup = setup(bed, way, io, frontend, ipv6Servers);
      RunningBalancer.write(bed.balancer(), setup.toml());
      setUp(bed.balancer(), server);
      run(server, "nft", "flush", "ruleset");
      // A narrower way than the balancer's interface has.
      String narrow = "ip route add %s dev eth0 mtu 1400".formatted(address(server, ipv6Servers));
      run(bed.balancer(), narrow.split(" "));
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);

      assertExact(bed, balancer, "upload", frontend);
      if (room != null) {
        assertTrue(balancer.number("too_big_answered") > 0, balancer::stats);
        String learnt = bed.client().run("ip", "route", "get", frontend).out();
        assertTrue(learnt.contains("mtu " + room), learnt);
      }
    }
  }

  /** A UDP service has to answer from the address that was asked. */
  private static void echo(Host server, String way, String frontend) {
    String at = way.equals("nat") ? address(server, frontend.contains(":")) : frontend;
    JavaProgram.start(server, UdpEcho.class, UDP_PORT, at)
        .awaitOutput("ready", Duration.ofSeconds(30));
  }

  private static void assertExact(
      Testbed bed, RunningBalancer balancer, String kind, String frontend) {
    Result result =
        JavaProgram.run(bed.client(), LIMIT, Transfers.class, kind, frontend, TRANSFERS);
    assertTrue(result.ok(), () -> result + balancer.log() + balancer.stats());
    assertEquals("exact: " + TRANSFERS, result.out().strip());
  }

  private static void run(Host host, String... command) {
    Result result = host.run(command);
    assertTrue(result.ok(), result::toString);
  }

  /** Bytes that crossed a host's first interface. */
  private record Traffic(long received, long sent) {
    static Traffic of(Host host) {
      return new Traffic(read(host, "rx_bytes"), read(host, "tx_bytes"));
    }

    private static long read(Host host, String counter) {
      Result result = host.run("cat", "/sys/class/net/eth0/statistics/" + counter);
      assertTrue(result.ok(), result::toString);
      return Long.parseLong(result.out().strip());
    }

    Traffic since(Traffic before) {
      return new Traffic(received - before.received, sent - before.sent);
    }
  }
}
