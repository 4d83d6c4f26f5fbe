package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The balancer's box goes on as a host like any other. */
@RequiresTestbed
class OrdinaryHostTest {
  private static final int UDP_PORT = 5353;
  private static final int SERVICE_PORT = 22;

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void theBoxItselfConnectsAnswersAndAsks(String io) {
    try (Testbed bed = Testbed.oneArm(2)) {
      bed.servers().forEach(NginxServer::start);
      Host server = bed.servers().getFirst();
      listen(server, UdpEcho.class, UDP_PORT);
      listen(bed.balancer(), Greeter.class, SERVICE_PORT);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), withUdp(bed, io));
      LongConnection traffic = LongConnection.open(bed.client(), bed.balancer().address());

      Requests outgoing = Requests.make(bed.balancer(), server.address(), 50);
      assertEquals(50, outgoing.of(server), () -> outgoing + balancer.log());
      Result big =
          bed.balancer()
              .run("sh", "-c", "curl -sSf http://%s/big | wc -c".formatted(server.address()));
      assertEquals(String.valueOf(NginxServer.BIG), big.out().strip(), big::err);

      for (int i = 0; i < 3; i++) {
        assertEquals("hello", shell(bed.client(), "tcp", bed.balancer().address(), SERVICE_PORT));
        assertEquals("asked", shell(bed.balancer(), "udp", server.address(), UDP_PORT));
        assertEquals("asked", shell(bed.client(), "udp", bed.balancer().address(), UDP_PORT));
      }
      traffic.goesOn();
      traffic.close();
    }
  }

  private static Setup withUdp(Testbed bed, String io) {
    return Setup.http(bed, io)
        .also(
            """
            [frontends.echo]
            listen_addr = "%s:%d"
            protocol = "udp"
            backend = "echo"
            [backends.echo.servers]
            s1 = { addr = "%s:%d" }
            """
                .formatted(
                    bed.balancer().address(),
                    UDP_PORT,
                    bed.servers().getFirst().address(),
                    UDP_PORT));
  }

  private static void listen(Host host, Class<?> program, int port) {
    HostProcess started = JavaProgram.start(host, program, port);
    started.awaitOutput("ready", Duration.ofSeconds(30));
  }

  /** Sends a word and reads five bytes of what comes back. */
  private static String shell(Host from, String protocol, String address, int port) {
    Result result =
        from.run(
            "bash",
            "-c",
            "exec 3<>/dev/%s/%s/%d && printf asked >&3 && timeout 20 head -c 5 <&3"
                .formatted(protocol, address, port));
    assertTrue(result.ok(), result::toString);
    return result.out();
  }
}
