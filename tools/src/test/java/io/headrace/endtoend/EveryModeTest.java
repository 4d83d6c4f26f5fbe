package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.endtoend.EveryModeBed.Frontend;
import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every mode with real servers and clients, and every way of direct server return: all at once in
 * one balancer, and one balancer for each kind of frame I/O. (Passthrough with the client's address
 * needs other routes: {@link ClientSourceTest}.)
 */
@RequiresTestbed
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryModeTest {
  private static final int TRANSFERS = 5;
  private static final int REQUESTS = 50;
  private static final int QUESTIONS = 200;

  /** Datagrams of one port are one connection. */
  private static final int UDP_CONNECTIONS = QUESTIONS / 10;

  /** Of a datagram of either family that fits any of the tunnels in a frame of 1500. */
  private static final int LONGEST = 1500 - 48 - 48;

  private static final int JUMBO = 9000;

  private final Map<String, EveryModeBed> beds = new HashMap<>();

  private EveryModeBed bed(String io) {
    return beds.computeIfAbsent(
        io,
        _ -> {
          Testbed bed = Testbed.oneArm(2);
          return new EveryModeBed(
              bed,
              bed.servers(),
              io,
              List.of(
                  "l2,4,4",
                  "nat,4,4",
                  "ipip,4,4",
                  "gue,4,4",
                  "l2,6,6",
                  "nat,6,6",
                  "ipip,6,4",
                  "ipip,4,6",
                  "ipip,6,6",
                  "gue,6,6",
                  "passthrough,4,4",
                  "passthrough,6,6",
                  "proxy,4,4",
                  "proxy,6,6",
                  "proxy,6,4",
                  "proxy,4,6"));
        });
  }

  @AfterAll
  void removeTestbeds() {
    beds.values().forEach(EveryModeBed::close);
  }

  @ParameterizedTest(name = "{0} with {1}, IPv{2} to servers of IPv{3}")
  @CsvSource({
    "l2,pipeline,4,4",
    "nat,pipeline,4,4",
    "ipip,pipeline,4,4",
    "gue,pipeline,4,4",
    "l2,pipeline,6,6",
    "nat,pipeline,6,6",
    "ipip,pipeline,6,4",
    "ipip,pipeline,4,6",
    "ipip,pipeline,6,6",
    "gue,pipeline,6,6",
    "passthrough,pipeline,4,4",
    "passthrough,pipeline,6,6",
    "l2,offload,4,4",
    "nat,offload,4,4",
    "ipip,offload,4,4",
    "gue,offload,4,4",
    "l2,offload,6,6",
    "nat,offload,6,6",
    "ipip,offload,6,4",
    "ipip,offload,4,6",
    "ipip,offload,6,6",
    "gue,offload,6,6",
    "passthrough,offload,4,4",
    "passthrough,offload,6,6",
    "l2,pcap,4,4",
    "nat,pcap,4,4",
    "ipip,pcap,4,4",
    "gue,pcap,4,4",
    "ipip,pcap,6,6",
    "passthrough,pcap,4,4",
    "passthrough,pcap,6,6",
    "proxy,offload,4,4",
    "proxy,offload,6,6",
    "proxy,offload,6,4",
    "proxy,offload,4,6"
  })
  void whatIsSentArrivesAndWhoAnswersWhomIsAsTheModeSays(
      String way, String io, int family, int serverFamily) {
    assumeTrue(family + serverFamily == 8 || Arm.hasIpv6(), "this kernel has no IPv6");
    EveryModeBed bed = bed(io);
    Frontend frontend = bed.frontend(way, family, serverFamily);
    RunningBalancer balancer = bed.balancer();
    long total = balancer.number("total_connections");
    long current = balancer.number("current_connections");

    Requests made = Requests.make(bed.client(), frontend.inUrl(), REQUESTS);
    assertEquals(REQUESTS, made.answered(), () -> made + balancer.log() + balancer.stats());
    for (Host server : bed.servers()) {
      assertTrue(made.of(server) > 0, made::toString);
      assertSeen(bed, frontend, server);
      assertTrue(balancer.isUp(server), balancer::log);
    }

    Traffic before = Traffic.of(bed.host());
    bed.assertExact("download", frontend.address(), TRANSFERS);
    Traffic downloaded = Traffic.of(bed.host()).since(before);
    long moved = (long) TRANSFERS * NginxServer.BIG;
    if (frontend.isDirect()) {
      assertTrue(downloaded.received() < moved / 5, () -> "answers crossed it: " + downloaded);
      assertTrue(downloaded.sent() < moved / 5, () -> "answers crossed it: " + downloaded);
    } else {
      assertTrue(downloaded.sent() > moved, () -> "answers went past it: " + downloaded);
    }

    Traffic between = Traffic.of(bed.host());
    bed.assertExact("upload", frontend.address(), TRANSFERS);
    Traffic uploaded = Traffic.of(bed.host()).since(between);
    assertTrue(uploaded.received() > moved, () -> "uploads went past it: " + uploaded);
    assertEquals(
        frontend.isDirect(),
        uploaded.received() < moved * 3 / 2,
        () -> "whether echoes crossed it: " + uploaded);

    bed.assertEchoed(frontend, QUESTIONS, LONGEST);
    assertEquals(0, balancer.number("too_big_answered"), balancer::stats);
    long opened = balancer.number("total_connections") - total - REQUESTS - 2 * TRANSFERS;
    // A port that an earlier test had asked from is still the connection that it was.
    assertTrue(opened > 0 && opened <= UDP_CONNECTIONS, balancer::stats);
    Eventually.isTrue(
        "connections are still open",
        () -> balancer.number("current_connections") - current <= UDP_CONNECTIONS,
        balancer::stats);
  }

  /** Whom a server has had connections with: the client itself, or the balancer in its place. */
  private static void assertSeen(EveryModeBed bed, Frontend frontend, Host server) {
    int family = frontend.serverFamily();
    String at =
        frontend.changesDestination() ? EveryModeBed.address(server, family) : frontend.address();
    String peer =
        frontend.isDirect()
            ? EveryModeBed.address(bed.client(), frontend.family())
            : EveryModeBed.address(bed.host(), family);
    String seen = server.run("ss", "-Htan", "state", "time-wait", "sport = :80").out();
    String line =
        ".* %s:80 +%s:[0-9]+ *"
            .formatted(
                Pattern.quote(EveryModeBed.inUrl(at)), Pattern.quote(EveryModeBed.inUrl(peer)));
    assertTrue(seen.lines().anyMatch(each -> each.matches(line)), () -> line + ": " + seen);
  }

  /** Frames as long as that, not super-frames of shorter ones, and without a start anew. */
  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void jumboFramesComeThroughAsSoonAsLinksTakeThem(String io) {
    EveryModeBed bed = bed(io);
    List<Host> hosts = new ArrayList<>(bed.servers());
    hosts.addAll(List.of(bed.host(), bed.client()));
    try {
      hosts.forEach(each -> link(bed, each, JUMBO, "off"));
      for (String address :
          List.of(
              bed.frontend("passthrough", 4, 4).address(), bed.frontend("l2", 4, 4).address())) {
        Traffic before = Traffic.of(bed.host());
        bed.assertExact("upload", address, 2);
        Traffic uploaded = Traffic.of(bed.host()).since(before);
        // With what acknowledges them; no frame of 1500 bytes has such a mean.
        assertTrue(uploaded.meanReceived() > JUMBO / 4, uploaded::toString);
      }
      bed.assertEchoed(bed.frontend("ipip", 4, 4), QUESTIONS, JUMBO - 20 - 28);
      assertEquals(0, bed.balancer().number("too_big_answered"), bed.balancer()::stats);
      assertEquals(0, bed.balancer().number("faults"), bed.balancer()::stats);
    } finally {
      hosts.forEach(each -> link(bed, each, 1500, "on"));
    }
  }

  private static void link(EveryModeBed bed, Host host, int mtu, String segmentation) {
    String port = "ip -n %s-switch link set dev %s-eth0 mtu %d";
    Shell.run(host, port.formatted(bed.testbed().id(), host.name(), mtu));
    Shell.run(host, "ip link set dev eth0 mtu " + mtu);
    Shell.run(host, "ethtool -K eth0 tso %1$s gso %1$s".formatted(segmentation));
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void linksGoDownAndUpAndAServerGetsAnotherCard(String io) {
    EveryModeBed bed = bed(io);
    RunningBalancer balancer = bed.balancer();
    List<LongConnection> connections = new ArrayList<>();
    for (String way : List.of("l2", "nat", "gue", "passthrough")) {
      connections.add(LongConnection.open(bed.client(), bed.frontend(way, 4, 4).address()));
    }
    // Else the kernel forgets what it holds of IPv6.
    Shell.run(bed.host(), "echo 1 | tee /proc/sys/net/ipv6/conf/*/keep_addr_on_down || true");

    Shell.run(bed.host(), "ip link set eth0 down");
    Eventually.isTrue(
        "nobody says so", () -> balancer.count("interface eth0 is down") == 1, balancer::log);
    Shell.run(bed.host(), "ip link set eth0 up");
    Eventually.isTrue(
        "nobody says so", () -> balancer.count("interface eth0 is up again") == 1, balancer::log);
    connections.forEach(LongConnection::goesOn);

    for (Host server : bed.servers()) {
      String mac = "02:00:00:00:77:" + server.address().replaceAll(".*\\.", "");
      // A new card makes itself known sooner or later; here by asking for the balancer.
      Shell.run(
          server,
          "ip link set eth0 address %s; bash -c 'echo >/dev/udp/%s/9'"
              .formatted(mac, bed.host().address()));
    }
    connections.forEach(LongConnection::goesOn);
    connections.forEach(LongConnection::close);
    Eventually.isTrue(
        "not all servers are up",
        () -> !balancer.stats().matches("(?s).*:(80|5353)\" : false.*"),
        balancer::stats);
    assertEquals(0, balancer.number("faults"), balancer::stats);
  }

  /** What crossed a host's first interface. */
  private record Traffic(long received, long frames, long sent) {
    static Traffic of(Host host) {
      return new Traffic(read(host, "rx_bytes"), read(host, "rx_packets"), read(host, "tx_bytes"));
    }

    private static long read(Host host, String counter) {
      Result result = host.run("cat", "/sys/class/net/eth0/statistics/" + counter);
      assertTrue(result.ok(), result::toString);
      return Long.parseLong(result.out().strip());
    }

    Traffic since(Traffic before) {
      return new Traffic(received - before.received, frames - before.frames, sent - before.sent);
    }

    /** Bytes of the mean frame that came in. */
    long meanReceived() {
      return received / frames;
    }
  }
}
