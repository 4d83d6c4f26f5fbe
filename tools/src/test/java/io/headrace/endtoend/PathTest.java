package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the path between the ends does to packets, and what it tells of them by ICMP. */
@RequiresTestbed
class PathTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Testbed bed = Testbed.twoArm(1);
  private final Host client = bed.client();
  private final Host server = bed.servers().getFirst();
  private final String frontend = bed.balancer().address();

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  /**
   * A router on the client's side has a link that takes 1400 bytes, and the host behind it does not
   * know: all that tells the server is the router's ICMP error.
   */
  @ParameterizedTest
  @ValueSource(strings = {"packet", "pcap"})
  void pathMtuDiscoveryWorksThroughTheBalancer(String io) {
    String far = bed.id() + "-far";
    run(client, "ip", "netns", "add", far);
    run(client, "ip", "link", "add", "far0", "type", "veth", "peer", "name", "far1");
    run(client, "ip", "link", "set", "far1", "netns", far, "name", "eth0");
    run(client, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    run(client, "ip", "address", "add", "203.0.113.1/24", "dev", "far0");
    run(client, "ip", "link", "set", "far0", "mtu", "1400", "up");
    run(client, "ip", "-n", far, "address", "add", "203.0.113.2/24", "dev", "eth0");
    run(client, "ip", "-n", far, "link", "set", "eth0", "up");
    run(client, "ip", "-n", far, "route", "add", "default", "via", "203.0.113.1");
    NginxServer.start(server);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));

    String file = client.directory().resolve("body").toString();
    Result download =
        client.run(
            LIMIT,
            "ip",
            "netns",
            "exec",
            far,
            "curl",
            "-sS",
            "--max-time",
            "60",
            "-o",
            file,
            "-w",
            "%{http_code} %{size_download}",
            "http://" + frontend + "/big");
    assertEquals("200 " + NginxServer.BIG, download.out(), () -> download.err() + balancer.stats());
    Result learnt = server.run("ss", "-tinH", "state", "all", "sport = :80");
    String route = server.run("ip", "route", "show", "cache").out();
    assertTrue(route.contains("mtu 1400") || learnt.out().contains("pmtu:1400"), route + learnt);
    String sent = server.directory().resolve("nginx/big").toString();
    assertTrue(client.run("cmp", file, sent).ok(), "what came is not what was sent");
  }

  @Test
  void aClientLearnsThatNobodyListensOnTheServersPort() {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), udp());
    Result asked =
        client.run(
            "bash",
            "-c",
            """
            exec 3<>/dev/udp/%s/53
            for i in {1..50}; do echo hello >&3 || exit 7; sleep 0.1; done
            """
                .formatted(frontend));
    assertEquals(7, asked.exit(), () -> asked + balancer.stats());
    assertTrue(asked.err().contains("Connection refused"), asked::err);
  }

  /** Beyond the MTU, so in fragments both ways. */
  @Test
  void largeDatagramsReachTheServerAndItsAnswersTheClient() {
    JavaProgram.start(server, UdpEcho.class, 53).awaitOutput("ready", LIMIT);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), udp());
    Result asked = JavaProgram.run(client, LIMIT, UdpAsker.class, frontend, 53, 200, 9000);
    assertEquals("answered: 200", asked.out().strip(), () -> asked + balancer.stats());
    assertEquals(0, balancer.number("fragment_overlap"), balancer::stats);
  }

  private Setup udp() {
    return Setup.http(bed, "packet")
        .listen(frontend + ":53")
        .protocol("udp")
        .healthCheck("{ interval = 0 }")
        .server(server.name(), server.address() + ":53", 1);
  }

  private static void run(Host host, String... command) {
    Result result = host.run(command);
    assertTrue(result.ok(), () -> String.join(" ", command) + ": " + result.err());
  }
}
