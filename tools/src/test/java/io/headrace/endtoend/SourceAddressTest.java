package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The addresses and ports that stand for clients: all of them used, and said when there is none.
 */
@RequiresTestbed
class SourceAddressTest {
  private final Testbed bed = Testbed.twoArm(1);
  private final Host server = bed.servers().getFirst();

  @BeforeEach
  void startServer() {
    NginxServer.start(server);
  }

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void everyNamedAddressIsUsedAndItsConnectionsOutliveTheBalancer(String io) {
    for (String more : new String[] {"192.0.2.2/32", "192.0.2.3/32"}) {
      bed.balancer().run("ip", "address", "add", more, "dev", "eth1");
    }
    Setup setup = Setup.http(bed, io).set("source_addrs", "[\"192.0.2.2\", \"192.0.2.3\"]");
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
    assertEquals(40, Requests.make(bed.client(), bed.balancer().address(), 40).answered());

    String closed = server.run("ss", "-Htan", "state", "time-wait", "sport = :80").out();
    assertTrue(closed.contains("192.0.2.2:") && closed.contains("192.0.2.3:"), closed);

    LongConnection one = LongConnection.open(bed.client(), bed.balancer().address());
    LongConnection another = LongConnection.open(bed.client(), bed.balancer().address());
    balancer.kill();
    Eventually.pause(500);
    balancer.start();
    one.goesOn();
    another.goesOn();
    one.close();
    another.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void thatNoPortIsLeftIsCountedAndSaidOnce(String io) {
    Setup setup = Setup.http(bed, io).set("nat_ports", "\"30000-30063\"");
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
    String open = "exec 3<>/dev/tcp/%s/80; sleep 60".formatted(bed.balancer().address());
    HostProcess many =
        bed.client().start("bash", "-c", "for i in {1..100}; do (%s) & done; wait".formatted(open));

    String said = "no NAT port is left towards server pool/server1 (192.0.2.21:80): ";
    Eventually.isTrue("nothing is said", () -> balancer.log().contains(said), balancer::log);
    Eventually.isTrue(
        "fewer connections than ports allow",
        () -> balancer.number("current_connections") >= 40,
        balancer::stats);
    Eventually.pause(3000);
    assertEquals(1, balancer.count(said), balancer::log);
    assertTrue(balancer.stats().contains("\"no_nat_port\""), balancer::stats);
    many.kill();
  }
}
