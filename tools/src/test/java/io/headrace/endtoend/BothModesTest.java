package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy and a passthrough frontend in one process, over the same servers. */
@RequiresTestbed
class BothModesTest {
  private static final int PROXY_PORT = 8080;
  private static final int FLOOD = 20_000;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aServerThatFailsIsOutForBoth(String io) {
    try (Testbed bed = Testbed.oneArm(2)) {
      List<NginxServer> servers = bed.servers().stream().map(NginxServer::start).toList();
      String proxied = bed.balancer().address() + ":" + PROXY_PORT;
      Setup setup =
          Setup.http(bed, io)
              .healthCheck("{ interval = \"300ms\", timeout = \"300ms\", rise = 2, fall = 2 }")
              .also(
                  """
                  [frontends.proxied]
                  listen_addr = "%s"
                  mode = "proxy"
                  backend = "pool"
                  """
                      .formatted(proxied));
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
      Host victim = bed.servers().getFirst();
      Eventually.isTrue(
          "not all servers are up",
          () -> bed.servers().stream().allMatch(balancer::isUp),
          balancer::stats);
      assertTrue(requests(bed, balancer, bed.balancer().address()).of(victim) > 0);
      assertTrue(requests(bed, balancer, proxied).of(victim) > 0);

      aFloodOfHalfOpenConnectionsKeepsNobodyOut(bed, balancer, proxied);
      theEndOfAnAnswerNeedsNoSegmentOfItsOwn(bed, proxied);

      servers.getFirst().stop();
      Eventually.isTrue("it is still up", () -> !balancer.isUp(victim), balancer::stats);
      assertEquals(0, requests(bed, balancer, bed.balancer().address()).of(victim));
      assertEquals(0, requests(bed, balancer, proxied).of(victim));
      Eventually.isTrue(
          "both count", () -> balancer.number("total_connections") >= 400, balancer::stats);
      balancer.stop();
      assertTrue(new Box(bed.balancer()).isClean(), balancer::log);
    }
  }

  /** It is the kernel's to bear (SYN cookies), and never comes to the proxy. */
  private static void aFloodOfHalfOpenConnectionsKeepsNobodyOut(
      Testbed bed, RunningBalancer balancer, String proxied) {
    long before = balancer.number("total_connections");
    SynFlood.send(bed.client(), bed.balancer(), PROXY_PORT, FLOOD);
    String halfOpen = bed.balancer().run("ss", "-Htn", "state", "syn-recv").out();
    assertTrue(halfOpen.lines().count() > 100, halfOpen);
    requests(bed, balancer, proxied);
    assertEquals(before + 100, balancer.number("total_connections"), balancer::stats);
  }

  /** Where connections are many, a server's end is there when its answer is read. */
  private static void theEndOfAnAnswerNeedsNoSegmentOfItsOwn(Testbed bed, String proxied) {
    HostProcess tcpdump =
        bed.client()
            .start(
                "tcpdump",
                "-p",
                "-n",
                "-l",
                "-i",
                "eth0",
                "-c",
                "200",
                "src port %d and tcp[tcpflags] & tcp-fin != 0".formatted(PROXY_PORT));
    tcpdump.awaitOutput("listening on", LIMIT);
    bed.client()
        .run(
            LIMIT,
            "wrk",
            "-t1",
            "-c32",
            "-d2s",
            "-H",
            "Connection: close",
            "http://%s/".formatted(proxied));
    assertEquals(0, tcpdump.await(LIMIT), tcpdump::output);
    List<String> ends = tcpdump.output().lines().filter(line -> line.contains("Flags [F")).toList();
    assertEquals(200, ends.size(), tcpdump::output);
    long alone = ends.stream().filter(line -> line.endsWith("length 0")).count();
    assertTrue(alone < 100, tcpdump::output);
  }

  private static Requests requests(Testbed bed, RunningBalancer balancer, String address) {
    Requests made = Requests.make(bed.client(), address, 100);
    assertEquals(100, made.answered(), () -> made + balancer.log());
    return made;
  }
}
