package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Passthrough with the client's own address: servers route back through the balancer. */
@RequiresTestbed
class ClientSourceTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int UDP_PORT = 5353;
  private static final int SERVER_PORT = 5300;
  private static final int TRANSFERS = 5;
  private static final int QUESTIONS = 200;

  @ParameterizedTest
  @ValueSource(strings = {"packet", "pcap"})
  void serversSeeTheClientAndAnswerThroughTheBalancer(String io) {
    try (Testbed bed = Testbed.twoArm(2)) {
      for (Host server : bed.servers()) {
        Result routed = server.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.1");
        assertTrue(routed.ok(), routed::toString);
        NginxServer.start(server);
        JavaProgram.start(server, UdpEcho.class, SERVER_PORT)
            .awaitOutput("ready", Duration.ofSeconds(30));
      }
      String frontend = bed.balancer().address();
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup(bed, io));

      Requests made = Requests.make(bed.client(), frontend, 50);
      assertEquals(50, made.answered(), () -> made + balancer.log() + balancer.stats());
      for (Host server : bed.servers()) {
        assertTrue(made.of(server) > 0, made::toString);
        String seen = server.run("ss", "-Htan", "state", "time-wait", "sport = :80").out();
        assertTrue(seen.contains(bed.client().address() + ":"), seen);
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

  private static Setup setup(Testbed bed, String io) {
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
                .formatted(bed.balancer().address(), UDP_PORT));
    for (Host server : bed.servers()) {
      udp.append(
          "%s = { addr = \"%s:%d\" }\n".formatted(server.name(), server.address(), SERVER_PORT));
    }
    return Setup.http(bed, io).frontend("source", "\"client\"").also(udp.toString());
  }
}
