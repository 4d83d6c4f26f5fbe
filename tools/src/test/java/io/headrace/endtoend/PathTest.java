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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the path between the ends does to packets, and what it tells of them by ICMP. */
@RequiresTestbed
class PathTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final Testbed bed = Testbed.oneArm(2);
  private final Host client = bed.client();
  private final Host server = bed.servers().getFirst();
  private final String frontend = bed.balancer().address();

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  /**
   * Behind a router that has less room towards the client than the client knows: all that tells the
   * server is the router's ICMP error.
   */
  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void pathMtuDiscoveryWorksThroughTheBalancer(String io) {
    Host router = bed.servers().getLast();
    run(router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    run(router, "sh", "-c", "echo 0 | tee /proc/sys/net/ipv4/conf/*/send_redirects");
    String narrow = "%s/32 dev eth0 mtu lock 1400".formatted(client.address());
    run(router, "sh", "-c", "ip route add " + narrow);
    run(client, "ip", "route", "add", frontend + "/32", "via", router.address());
    NginxServer.start(server);
    RunningBalancer balancer =
        RunningBalancer.start(bed.balancer(), Setup.http(bed, io).without(router));

    String file = client.directory().resolve("body").toString();
    Result download =
        client.run(
            LIMIT,
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
    String learnt = server.run("ip", "route", "get", frontend).out();
    assertTrue(learnt.contains("mtu 1400"), learnt);
    String sent = server.directory().resolve("nginx/big").toString();
    assertTrue(client.run("cmp", file, sent).ok(), "what came is not what was sent");
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aClientLearnsThatNobodyListensOnTheServersPort(String io) {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), udp(io));
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
  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void largeDatagramsReachTheServerAndItsAnswersTheClient(String io) {
    JavaProgram.start(server, UdpEcho.class, 53).awaitOutput("ready", LIMIT);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), udp(io));
    Result asked = JavaProgram.run(client, LIMIT, UdpAsker.class, frontend, 53, 200, 9000);
    assertEquals("answered: 200", asked.out().strip(), () -> asked + balancer.stats());
    assertEquals(0, balancer.number("fragment_overlap"), balancer::stats);
  }

  private Setup udp(String io) {
    return Setup.http(bed, io)
        .listen(frontend + ":53")
        .protocol("udp")
        .healthCheck("{ interval = 0 }")
        .without(bed.servers().getLast())
        .server(server.name(), server.address() + ":53", 1);
  }

  private static void run(Host host, String... command) {
    Result result = host.run(command);
    assertTrue(result.ok(), () -> String.join(" ", command) + ": " + result.err());
  }
}
