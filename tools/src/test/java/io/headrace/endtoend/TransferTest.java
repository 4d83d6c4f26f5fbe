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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through the balancer comes out as it went in, with the offloads that veth has. */
@RequiresTestbed
class TransferTest {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int UPLOADS = 40;

  @ParameterizedTest(name = "{0}, {1} arm, {2} downloads")
  @CsvSource({
    "pipeline,one,200",
    "pipeline,two,40",
    "offload,two,40",
    "pcap,one,40",
    "pcap,two,200"
  })
  void manyDownloadsAndUploadsAtOnceAreExact(String io, String arms, int downloads) {
    try (Testbed bed = arms.equals("one") ? Testbed.oneArm(3) : Testbed.twoArm(3)) {
      bed.servers().forEach(NginxServer::start);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));

      assertExact(downloads, bed, balancer, "download");
      assertExact(UPLOADS, bed, balancer, "upload");

      Eventually.isTrue(
          "connections are still open",
          () -> balancer.number("current_connections") == 0,
          balancer::stats);
      assertEquals(downloads + UPLOADS, balancer.number("total_connections"), balancer.stats());
      for (Host server : bed.servers()) {
        assertTrue(balancer.isUp(server), balancer::log);
      }
    }
  }

  /**
   * As behind a tunnel or PPPoE: what fits the balancer's interfaces is too long for this client.
   */
  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void aClientWhoseLinkTakesShorterPacketsGetsThem(String io) {
    try (Testbed bed = Testbed.twoArm(1)) {
      bed.servers().forEach(NginxServer::start);
      Result narrowed = bed.client().run("ip", "link", "set", "eth0", "mtu", "1400");
      assertTrue(narrowed.ok(), narrowed::err);
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));

      assertExact(5, bed, balancer, "download");
      assertExact(5, bed, balancer, "upload");
    }
  }

  private static void assertExact(int count, Testbed bed, RunningBalancer balancer, String kind) {
    Result result =
        JavaProgram.run(
            bed.client(), LIMIT, Transfers.class, kind, bed.balancer().address(), count);
    assertTrue(result.ok(), () -> result + balancer.log() + balancer.stats());
    assertEquals("exact: " + count, result.out().strip());
  }
}
