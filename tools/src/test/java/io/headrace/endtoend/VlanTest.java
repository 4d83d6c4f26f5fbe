package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Client and server in one VLAN, or in one within another: what goes between them keeps the tags.
 */
@RequiresTestbed
class VlanTest {
  /**
   * In a frame of an interface whose MTU is 1500: Linux lets four bytes more go for a tag of
   * 802.1Q, and none for one of 802.1ad.
   */
  @ParameterizedTest(name = "{0}, tags {1}, MTU {2}")
  @CsvSource({
    "pipeline,88a8000981000007,1492",
    "offload,88a8000981000007,1492",
    "offload,81000007,1500",
    "pcap,81000007,1500"
  })
  void taggedFramesComeThroughWithTheirTags(String io, String tags, int mtu) {
    try (Testbed bed = Testbed.oneArm(1)) {
      Host server = bed.servers().getFirst();
      NginxServer.start(server);
      VlanTagger.start(bed.client(), tags, mtu, bed.balancer());
      VlanTagger.start(server, tags, mtu, bed.balancer());
      // The balancer's kernel has no VLAN device, and so hears no ARP within.
      Shell.run(
          bed.balancer(),
          "ip neigh replace %s lladdr %s dev eth0 nud permanent"
              .formatted(server.address(), VlanTagger.mac(server)));
      Setup setup = Setup.http(bed, io).healthCheck("{ interval = 0 }");
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);

      String frontend = bed.balancer().address();
      for (String kind : new String[] {"download", "upload"}) {
        String said = Transfers.run(bed.client(), kind, frontend, 2);
        assertEquals("exact: 2", said, () -> balancer.log() + balancer.stats());
      }
      assertTrue(balancer.number("forwarded") > 100, balancer::stats);
      assertEquals(0, balancer.number("faults"), balancer::stats);
    }
  }
}
