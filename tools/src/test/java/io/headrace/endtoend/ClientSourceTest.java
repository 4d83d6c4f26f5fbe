package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Passthrough with the client's own address: servers route back through the balancer. */
@RequiresTestbed
class ClientSourceTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int UDP_PORT = 5353;
  private static final int SERVER_PORT = 5300;
  private static final int TRANSFERS = 5;
  private static final int QUESTIONS = 200;

  @ParameterizedTest(name = "{0}, IPv{1}")
  @CsvSource({"pipeline,4", "offload,4", "pcap,4", "pipeline,6", "offload,6", "pcap,6"})
  void serversSeeTheClientAndAnswerThroughTheBalancer(String io, int family) {
    boolean ipv6 = family == 6;
    assumeTrue(!ipv6 || Arm.hasIpv6(), "this kernel has no IPv6");
    try (Testbed bed = Testbed.twoArm(2)) {
      for (Host server : bed.servers()) {
        Result routed =
            ipv6
                ? server.run("ip", "route", "add", "2001:db8:100::/64", "via", "2001:db8:2::1")
                : server.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.1");
        assertTrue(routed.ok(), routed::toString);
        NginxServer.start(server);
        JavaProgram.start(server, UdpEcho.class, SERVER_PORT)
            .awaitOutput("ready", Duration.ofSeconds(30));
      }
      String frontend = address(bed.balancer(), ipv6);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup(bed, io, ipv6));

      Requests made = Requests.make(bed.client(), inUrl(frontend), 50);
      assertEquals(50, made.answered(), () -> made + balancer.log() + balancer.stats());
      for (Host server : bed.servers()) {
        assertTrue(made.of(server) > 0, made::toString);
        String seen = server.run("ss", "-Htan", "state", "time-wait", "sport = :80").out();
        assertTrue(seen.contains(inUrl(address(bed.client(), ipv6)) + ":"), seen);
        assertTrue(balancer.isUp(server), balancer::log);
      }
      LongConnection kept = LongConnection.open(bed.client(), frontend);
      for (String kind : new String[] {"download", "upload"}) {
        Result result =
            JavaProgram.run(bed.client(), LIMIT, Transfers.class, kind, frontend, TRANSFERS);
        assertTrue(result.ok(), () -> result + balancer.log() + balancer.stats());
        assertEquals("exact: " + TRANSFERS, result.out().strip());
      }
      Result asked =
          JavaProgram.run(bed.client(), LIMIT, UdpAsker.class, frontend, UDP_PORT, QUESTIONS);
      assertEquals("answered: " + QUESTIONS, asked.out().strip(), balancer::stats);

      balancer.kill();
      balancer.start();
      kept.goesOn();
      kept.close();
    }
  }

  private static String address(Host host, boolean ipv6) {
    return ipv6 ? host.ipv6() : host.address();
  }

  private static String inUrl(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  private static Setup setup(Testbed bed, String io, boolean ipv6) {
    StringBuilder udp =
        new StringBuilder(
            """
            [frontends.echo]
            listen_addr = "%s:%d"
            protocol = "udp"
            source = "client"
            backend = "echo"
            [backends.echo.servers]
            """
                .formatted(inUrl(address(bed.balancer(), ipv6)), UDP_PORT));
    for (Host server : bed.servers()) {
      udp.append(
          "%s = { addr = \"%s:%d\" }\n"
              .formatted(server.name(), inUrl(address(server, ipv6)), SERVER_PORT));
    }
    return (ipv6 ? Setup.ipv6(bed, io) : Setup.http(bed, io))
        .frontend("source", "\"client\"")
        .also(udp.toString());
  }
}
