package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.endtoend.Wire.Frame;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients and servers see on the wire, in the eyes of a decoder that is not ours. */
@RequiresTestbed
class WireTest {
  private static final int UDP_PORT = 5353;
  private static final int NO_ONE = 5354;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @BeforeAll
  static void requireTshark() {
    Wire.requireTshark();
  }

  @ParameterizedTest(name = "{0}, {1} arm, offloads {2}")
  @CsvSource({
    "pipeline,one,on",
    "pipeline,two,off",
    "offload,one,on",
    "pcap,one,on",
    "pcap,two,off"
  })
  void checksumsAreRightAndServersAndKernelStayUnseen(String io, String arms, String offloads) {
    try (Testbed bed = arms.equals("one") ? Testbed.oneArm(2) : Testbed.twoArm(2)) {
      bed.servers().forEach(NginxServer::start);
      bed.servers().forEach(WireTest::startEcho);
      if (offloads.equals("off")) {
        turnOffloadsOff(bed);
      }
      RunningBalancer balancer = RunningBalancer.start(bed.balancer(), withUdp(bed, io));
      Wire client = Wire.record(bed.client());
      List<Wire> servers = bed.servers().stream().map(Wire::record).toList();

      traffic(bed, balancer);
      client.stop();
      servers.forEach(Wire::stop);

      // With the packet socket, and in the kernel, a partial checksum goes through as it is, when
      // the sender's stack
      // left one; through pcap it is completed.
      boolean mayArrivePartial = !io.equals("pcap") && offloads.equals("on");
      boolean partial = offloads.equals("on");
      List<Frame> atClient = client.frames();
      assertChecksums(atClient, bed.client(), partial, mayArrivePartial);
      for (int i = 0; i < servers.size(); i++) {
        Host server = bed.servers().get(i);
        assertChecksums(servers.get(i).frames(), server, partial, mayArrivePartial);
      }
      assertUnseen(atClient, bed);
    }
  }

  private static Setup withUdp(Testbed bed, String io) {
    // Without checks, every frame that a server gets has come through the balancer.
    return Setup.http(bed, io)
        .healthCheck("{ interval = 0 }")
        .also(
            """
            [frontends.echo]
            listen_addr = "%1$s:%2$d"
            protocol = "udp"
            backend = "echo"
            [backends.echo.servers]
            s1 = { addr = "%4$s:%2$d" }
            s2 = { addr = "%5$s:%2$d" }
            [frontends.nobody]
            listen_addr = "%1$s:%3$d"
            protocol = "udp"
            backend = "nobody"
            [backends.nobody.servers]
            s1 = { addr = "192.0.2.99:%3$d" }
            """
                .formatted(
                    bed.balancer().address(),
                    UDP_PORT,
                    NO_ONE,
                    bed.servers().get(0).address(),
                    bed.servers().get(1).address()));
  }

  private static void startEcho(Host server) {
    HostProcess echo = JavaProgram.start(server, UdpEcho.class, UDP_PORT);
    echo.awaitOutput("ready", Duration.ofSeconds(30));
  }

  private static void turnOffloadsOff(Testbed bed) {
    for (Host host : List.of(bed.client(), bed.servers().get(0), bed.servers().get(1))) {
      Result result = host.run("ethtool", "-K", "eth0", "tx", "off");
      assertTrue(result.ok(), result::err);
    }
  }

  private static void traffic(Testbed bed, RunningBalancer balancer) {
    String vip = bed.balancer().address();
    assertEquals(50, Requests.make(bed.client(), vip, 50).answered(), balancer::log);
    for (String kind : List.of("download", "upload")) {
      Result result = JavaProgram.run(bed.client(), LIMIT, Transfers.class, kind, vip, 1);
      assertEquals("exact: 1", result.out().strip(), () -> result.err() + balancer.log());
    }
    Result udp = JavaProgram.run(bed.client(), LIMIT, UdpAsker.class, vip, UDP_PORT, 300);
    assertEquals("answered: 300", udp.out().strip(), () -> udp.err() + balancer.log());
    // A frontend whose server is not there: the kernel would say that nobody listens.
    bed.client()
        .run(
            "bash", "-c", "for i in 1 2 3; do echo x >/dev/udp/%s/%d; done".formatted(vip, NO_ONE));
  }

  private static void assertChecksums(
      List<Frame> frames, Host at, boolean sendsPartial, boolean mayArrivePartial) {
    assertNone(frames, Frame::isHeaderBad, at + ": the IPv4 header's checksum is wrong");
    List<Frame> sent = frames.stream().filter(each -> each.from().equals(at.address())).toList();
    assertEquals(sendsPartial, sent.stream().anyMatch(Frame::isBad), at + " sends partial ones");
    assertNone(sent, each -> each.isBad() && !each.isPartial(), at + " itself sent wrong ones");
    List<Frame> got = frames.stream().filter(each -> !each.from().equals(at.address())).toList();
    assertNone(
        got,
        each -> each.isBad() && !(mayArrivePartial && each.isPartial()),
        at + " got wrong checksums");
    // So that the above is no empty promise.
    assertTrue(got.stream().filter(each -> each.protocol() == Frame.TCP).count() > 50);
    assertTrue(got.stream().filter(each -> each.protocol() == Frame.UDP).count() > 10);
  }

  private static void assertUnseen(List<Frame> frames, Testbed bed) {
    String mac = bed.client().run("cat", "/sys/class/net/eth0/address").out().strip();
    // A switch may show the client a frame that is not for it.
    List<Frame> got = frames.stream().filter(each -> each.macTo().equals(mac)).toList();
    for (Host server : bed.servers()) {
      assertNone(
          got,
          each -> each.from().equals(server.address()) || each.to().equals(server.address()),
          "the client sees " + server);
    }
    assertNone(got, Frame::isReset, "a RST came");
    assertNone(got, each -> each.protocol() == Frame.ICMP, "ICMP came");
  }

  private static void assertNone(List<Frame> frames, Predicate<Frame> wrong, String what) {
    assertEquals(List.of(), frames.stream().filter(wrong).limit(5).toList(), what);
  }
}
