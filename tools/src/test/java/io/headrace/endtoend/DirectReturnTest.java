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
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Servers of direct return are checked by the way that their traffic goes. */
@RequiresTestbed
class DirectReturnTest {
  private static final String IPV4_FRONTEND = "192.0.2.100";
  private static final String IPV6_FRONTEND = "2001:db8:2::100";
  private static final int UDP_PORT = 5353;
  private static final String CHECKED =
      "interval = \"500ms\", timeout = \"500ms\", rise = 2, fall = 2";

  /**
   * A server whose service listens, but which lacks the frontend's address, is down; also one that
   * sends what it does not hold back to the balancer, which finds it another server. With flow
   * offload and without, on one network.
   */
  @Test
  void serversAreCheckedByTheWayOfTheirTraffic() {
    assumeTrue(Arm.hasIpv6(), "this kernel has no IPv6");
    try (Testbed bed = Testbed.oneArm(2)) {
      Shell.run(bed.balancer(), "ip address add " + IPV4_FRONTEND + "/32 dev eth0");
      Shell.run(
          bed.balancer(),
          "ip address add " + IPV6_FRONTEND + "/128 dev eth0 nodad preferred_lft 0");
      Host good = bed.servers().getFirst();
      Host bad = bed.servers().getLast();
      bed.servers().forEach(NginxServer::start);
      Shell.run(bad, "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup(bed, Setup.PIPELINE));
      awaitStates(balancer, "down", 10);
      String reason =
          "no answer within 500 ms at 192.0.2.100:80, which the server has to hold: see headrace"
              + " dsr-setup";
      Result servers = RunningBalancer.servers(bed.balancer());
      assertTrue(servers.out().contains(reason), servers::toString);

      EveryModeBed.setUp(bed.balancer(), good);
      JavaProgram.start(good, UdpEcho.class, UDP_PORT, IPV4_FRONTEND)
          .awaitOutput("ready", Duration.ofSeconds(30));
      assertGoodServes(bed, balancer);
      assertGoodServes(bed, RunningBalancer.start(bed.balancer(), setup(bed, Setup.OFFLOAD)));
    }
  }

  private static Setup setup(Testbed bed, String io) {
    return Setup.http(bed, io)
        .listen(IPV4_FRONTEND + ":" + NginxServer.PORT)
        .frontend("mode", "\"dsr\"")
        .frontend("dsr", "\"l2\"")
        .healthCheck("{ type = \"http\", %s }".formatted(CHECKED))
        .also(pool(bed, "six", IPV6_FRONTEND, 8081, "l2", 6))
        .also(pool(bed, "six_in_four", IPV6_FRONTEND, 8082, "ipip", 4))
        .also(pool(bed, "four_in_six", IPV4_FRONTEND, 8083, "gue", 6))
        .also(datagrams(bed));
  }

  /** And the other does not; then the balancer stops, and nothing of the checks is left. */
  private static void assertGoodServes(Testbed bed, RunningBalancer balancer) {
    awaitStates(balancer, "up", 5);
    awaitStates(balancer, "down", 5);
    Requests made = Requests.make(bed.client(), IPV4_FRONTEND, 50);
    assertEquals(50, made.of(bed.servers().getFirst()), made::toString);
    // Longer than it takes to come up.
    Eventually.pause(2_000);
    awaitStates(balancer, "down", 5);

    balancer.stop();
    Result left = bed.balancer().run("ip", "-o", "link");
    assertFalse(left.out().contains("headrace"), left::toString);
  }

  private static void awaitStates(RunningBalancer balancer, String state, int count) {
    Pattern wanted = Pattern.compile("\"state\" : \"%s\"".formatted(state));
    Eventually.isTrue(
        "not %d servers are %s".formatted(count, state),
        () -> wanted.matcher(balancer.stats()).results().count() == count,
        () -> balancer.log() + balancer.stats());
  }

  /** Behind a port of the frontend's address that no server serves; it is checked at another. */
  private static String pool(
      Testbed bed, String name, String frontend, int port, String way, int serverFamily) {
    return frontend(name, frontend, port, way, "tcp", "port = " + NginxServer.PORT)
        + servers(bed, serverFamily, port);
  }

  private static String datagrams(Testbed bed) {
    String check = "type = \"udp\", send = \"?\"";
    return frontend("echo", IPV4_FRONTEND, UDP_PORT, "l2", "udp", check)
        + servers(bed, 4, UDP_PORT);
  }

  private static String frontend(
      String name, String listen, int port, String way, String protocol, String check) {
    return """
        [frontends.%1$s]
        listen_addr = "%2$s:%3$d"
        protocol = "%5$s"
        mode = "dsr"
        dsr = "%4$s"
        backend = "%1$s"
        [backends.%1$s]
        health_check = { %6$s, %7$s }
        [backends.%1$s.servers]
        """
        .formatted(name, EveryModeBed.inUrl(listen), port, way, protocol, check, CHECKED);
  }

  private static String servers(Testbed bed, int family, int port) {
    StringBuilder toml = new StringBuilder();
    for (Host server : bed.servers()) {
      toml.append(
          "%s = { addr = \"%s:%d\" }\n"
              .formatted(
                  server.name(), EveryModeBed.inUrl(EveryModeBed.address(server, family)), port));
    }
    return toml.toString();
  }
}
