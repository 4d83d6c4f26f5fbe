package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Passthrough over IPv6, with the offloads that veth has, and neighbours that NDP finds. */
@RequiresTestbed
class Ipv6Test {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int UDP_PORT = 5353;

  @BeforeEach
  void requireIpv6() {
    assumeTrue(Arm.hasIpv6(), "this kernel has no IPv6");
  }

  @ParameterizedTest(name = "{0}, {1} arm")
  @CsvSource({"pipeline,one", "pipeline,two", "offload,two", "pcap,two"})
  void downloadsAndUploadsAreExact(String io, String arms) {
    try (Testbed bed = arms.equals("one") ? Testbed.oneArm(2) : Testbed.twoArm(2)) {
      bed.servers().forEach(NginxServer::start);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.ipv6(bed, io));

      assertExact(20, bed, balancer, "download");
      assertExact(10, bed, balancer, "upload");
      Requests requests = Requests.make(bed.client(), "[" + bed.balancer().ipv6() + "]", 50);
      assertEquals(50, requests.answered(), requests::toString);
      bed.servers().forEach(each -> assertTrue(requests.of(each) > 0, requests::toString));
      assertEquals(80, balancer.number("total_connections"), balancer::stats);
      assertEquals(0, balancer.number("faults"), balancer::stats);
    }
  }

  /** As behind a tunnel; 1280 bytes is the least that IPv6 has. */
  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void aClientWhoseLinkTakesShorterPacketsGetsThem(String io) {
    try (Testbed bed = Testbed.twoArm(1)) {
      bed.servers().forEach(NginxServer::start);
      Result narrowed = bed.client().run("ip", "link", "set", "eth0", "mtu", "1280");
      assertTrue(narrowed.ok(), narrowed::err);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.ipv6(bed, io));

      assertExact(5, bed, balancer, "download");
      assertExact(5, bed, balancer, "upload");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void datagramsOfEveryLengthComeBackExact(String io) {
    try (Testbed bed = Testbed.twoArm(2)) {
      for (Host server : bed.servers()) {
        HostProcess echo =
            JavaProgram.start(server, UdpEcho.class, String.valueOf(NginxServer.PORT));
        echo.awaitOutput("ready", Duration.ofSeconds(30));
      }
      Setup setup =
          Setup.ipv6(bed, io)
              .listen("[" + bed.balancer().ipv6() + "]:" + UDP_PORT)
              .protocol("udp")
              .healthCheck("{ interval = 0 }");
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
      Result asked =
          JavaProgram.run(
              bed.client(), LIMIT, UdpAsker.class, bed.balancer().ipv6(), UDP_PORT, 300);
      assertEquals("answered: 300", asked.out().strip(), () -> asked + balancer.log());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aConnectionGoesOnAcrossAKillAndIsShown(String io) {
    try (Testbed bed = Testbed.twoArm(2)) {
      bed.servers().forEach(NginxServer::start);
      Setup setup = Setup.ipv6(bed, io).set("restart_grace", "\"60s\"");
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
      LongConnection connection = LongConnection.open(bed.client(), bed.balancer().ipv6());
      assertShown(bed, connection);

      balancer.kill();
      assertShown(bed, connection);
      // Long enough for frames that nobody takes: the kernel's RST would end the connection.
      Eventually.pause(1000);
      balancer.start();
      balancer.awaitLog("earlier run: 1 go on; 0 do not");
      connection.goesOn();
      connection.close();
    }
  }

  private static void assertShown(Testbed bed, LongConnection connection) {
    Result list =
        bed.balancer()
            .run(
                RunningBalancer.conntrack(
                    bed.balancer(), "list", "--client", bed.client().ipv6() + "/64"));
    String row =
        "(?s)PROTO .*\ntcp   established   \\[%s]:\\d+ +main +%s +\\d+ .*"
            .formatted(bed.client().ipv6(), connection.server());
    assertTrue(list.out().matches(row), list::toString);
  }

  private static void assertExact(int count, Testbed bed, RunningBalancer balancer, String kind) {
    Result result =
        JavaProgram.run(bed.client(), LIMIT, Transfers.class, kind, bed.balancer().ipv6(), count);
    assertTrue(result.ok(), () -> result + balancer.log() + balancer.stats());
    assertEquals("exact: " + count, result.out().strip());
  }
}
