package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.endtoend.EveryModeBed.Frontend;
import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Direct return in tunnels through a router that has less room than the balancer's own link, and on
 * two interfaces of the balancer: one towards clients, one towards servers.
 *
 * <pre>
 *   client ── balancer ── router ── server       what the client sends
 *      ▲                     ▲         │
 *      └──── router ◄──────────────────┘         what the server answers
 * </pre>
 *
 * The one router is both, and on both networks.
 */
@RequiresTestbed
class TunnelPathTest {
  private static final int UPLOADS = 2;
  private static final int QUESTIONS = 50;
  private static final int LONGEST = 1500 - 48;

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void clientsLearnHowLongAPacketMayBeFromWhatRoutersSayAndFromTheRoute(String io) {
    Testbed testbed = Testbed.twoArm(2);
    Host server = testbed.servers().getFirst();
    Host router = testbed.servers().getLast();
    try (EveryModeBed bed =
        new EveryModeBed(
            testbed,
            List.of(server),
            io,
            List.of("ipip,4,4", "gue,4,4", "ipip,6,4", "ipip,6,6", "gue,6,6"))) {
      // As behind servers that nobody has told to announce shorter segments.
      Shell.run(server, "nft flush ruleset");
      route(testbed, server, router);
      RunningBalancer balancer = bed.balancer();

      assertRoom(bed, "ipip", 4, 4, io, 1380);
      assertRoom(bed, "gue", 4, 4, io, 1372);
      if (Arm.hasIpv6()) {
        assertRoom(bed, "ipip", 6, 4, io, 1380);
        assertRoom(bed, "ipip", 6, 6, io, 1360);
        assertRoom(bed, "gue", 6, 6, io, 1352);
      }
      assertTrue(balancer.number("outer_too_big") > 0, balancer::stats);

      String narrower = "ip route change %s/32 via %s mtu 1350";
      Shell.run(bed.host(), narrower.formatted(server.address(), router.address()));
      assertRoom(bed, "ipip", 4, 4, io, 1330);
      assertRoom(bed, "gue", 4, 4, io, 1322);
      assertEquals(0, balancer.number("faults"), balancer::stats);
    }
  }

  private static void assertRoom(
      EveryModeBed bed, String way, int family, int serverFamily, String io, int room) {
    Frontend frontend = bed.frontend(way, family, serverFamily);
    bed.assertExact("upload", frontend.address(), UPLOADS);
    bed.assertEchoed(frontend, QUESTIONS, LONGEST);
    // With pcap, super-frames are cut into what fits, and the datagrams alone tell.
    String learnt = bed.client().run("ip", "route", "get", frontend.address()).out();
    assertTrue(learnt.contains("mtu " + room), () -> io + ": " + learnt + bed.balancer().stats());
  }

  /** The router takes the second host's place on the servers' network, and joins the clients'. */
  private static void route(Testbed bed, Host server, Host router) {
    Shell.run(
        router,
        """
        ip link add to-clients type veth peer name router-eth1 netns %1$s-switch
        ip -n %1$s-switch link set router-eth1 master br0 up
        ip address add 198.51.100.254/24 dev to-clients
        ip link set to-clients up
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 0 | tee /proc/sys/net/ipv4/conf/*/send_redirects /proc/sys/net/ipv4/conf/*/rp_filter
        ip route add %2$s/32 dev eth0 mtu lock 1400
        ip route add 172.16.0.0/16 via 192.0.2.1
        """
            .formatted(bed.id(), server.address()));
    Shell.run(server, "ip route add 198.51.100.0/24 via " + router.address());
    Shell.run(
        bed.balancer(), "ip route add %s/32 via %s".formatted(server.address(), router.address()));
    if (Arm.hasIpv6()) {
      Shell.run(
          router,
          """
          echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
          ip address add 2001:db8:100::254/64 dev to-clients nodad
          ip route add %s/128 dev eth0 mtu lock 1400
          ip route add 100::/64 via 2001:db8:2::1
          """
              .formatted(server.ipv6()));
      Shell.run(server, "ip route add 2001:db8:100::/64 via " + router.ipv6());
      // A router of IPv6 tells of the shorter way, whatever it is told.
      Shell.run(
          bed.balancer(),
          """
          echo 0 | tee /proc/sys/net/ipv6/conf/*/accept_redirects
          ip route add %s/128 via %s
          """
              .formatted(server.ipv6(), router.ipv6()));
    }
  }
}
