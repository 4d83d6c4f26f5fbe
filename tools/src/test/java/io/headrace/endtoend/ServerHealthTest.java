package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that dies costs no new connection once it is found out, and comes back by itself. */
@RequiresTestbed
class ServerHealthTest {

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void aDeadServerIsTakenOutAndComesBack(String io) {
    try (Testbed bed = Testbed.twoArm(3)) {
      List<NginxServer> servers = bed.servers().stream().map(NginxServer::start).toList();
      Setup setup =
          Setup.http(bed, io)
              .healthCheck("{ interval = \"300ms\", timeout = \"300ms\", rise = 2, fall = 2 }");
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
      Host victim = bed.servers().get(1);
      Eventually.isTrue("not all servers are up", () -> areUp(bed, balancer), balancer::stats);
      assertTrue(requests(bed, balancer).of(victim) > 0);

      servers.get(1).stop();
      Eventually.isTrue("it is still up", () -> !balancer.isUp(victim), balancer::stats);
      Requests without = requests(bed, balancer);
      assertEquals(0, without.of(victim), without::toString);

      servers.get(1).start();
      Eventually.isTrue("it is still down", () -> balancer.isUp(victim), balancer::stats);
      assertTrue(requests(bed, balancer).of(victim) > 0);
    }
  }

  private static boolean areUp(Testbed bed, RunningBalancer balancer) {
    return bed.servers().stream().allMatch(balancer::isUp);
  }

  private static Requests requests(Testbed bed, RunningBalancer balancer) {
    Requests made = Requests.make(bed.client(), bed.balancer().address(), 100);
    assertEquals(100, made.answered(), () -> made + balancer.log());
    return made;
  }
}
