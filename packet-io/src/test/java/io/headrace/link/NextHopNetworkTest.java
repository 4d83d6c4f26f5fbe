package io.headrace.link;

import static io.headrace.link.TwoHosts.BOX;
import static io.headrace.link.TwoHosts.BOX_MAC;
import static io.headrace.link.TwoHosts.HOST;
import static io.headrace.link.TwoHosts.HOST_MAC;
import static io.headrace.link.TwoHosts.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("network")
class NextHopNetworkTest {
  private static final InetAddress FAR = address("10.200.0.1");

  private final AtomicReference<LinkView> view = new AtomicReference<>();
  private TwoHosts hosts;

  @BeforeEach
  void plug() {
    hosts = new TwoHosts();
  }

  @AfterEach
  void unplug() {
    if (hosts != null) {
      hosts.close();
    }
  }

  @Test
  void interfaceIsFoundByItsAddress() {
    try (Links links = hosts.box.call(Links::open)) {
      Interface found = links.interfaceHolding(BOX).orElseThrow();
      assertEquals("b0", found.name());
      assertEquals(BOX_MAC, found.mac());
      assertEquals(1500, found.mtu());
      assertTrue(found.up());
      assertFalse(found.loopback());
      assertEquals(24, found.addresses().getFirst().prefixLength());
      assertTrue(links.interfaceHolding(FAR).isEmpty());
      assertTrue(links.interfaceHolding(address("127.0.0.1")).orElseThrow().loopback());
    }
  }

  @Test
  void everyReasonForNoNextHopIsTold() {
    hosts.box.sh("ip route add unreachable 10.201.0.0/16; ip route add blackhole 10.202.0.0/16");
    try (Links links = hosts.box.call(Links::open)) {
      assertReason(Resolution.Reason.NO_ROUTE, links.resolve(FAR));
      assertReason(Resolution.Reason.NO_ROUTE, links.resolve(address("10.201.0.1")));
      assertReason(Resolution.Reason.NO_ROUTE, links.resolve(address("10.202.0.1")));
      assertReason(Resolution.Reason.NO_ROUTE, links.resolve(address("10.77.0.255")));
      assertReason(Resolution.Reason.VIA_LOOPBACK, links.resolve(BOX));
      assertReason(Resolution.Reason.VIA_LOOPBACK, links.resolve(address("127.0.0.1")));
      assertReason(Resolution.Reason.NO_ANSWER, links.resolve(address("10.77.0.99")));
      hosts.host.sh("ip link set h0 down");
      TwoHosts.await(
          "no carrier", () -> links.interfaceHolding(BOX).filter(Interface::up).isEmpty());
      assertReason(Resolution.Reason.LINK_DOWN, links.resolve(HOST));
    }
  }

  @Test
  void probeMakesTheKernelResolveAStation() {
    try (Links links = hosts.box.call(Links::open)) {
      int index = links.interfaceHolding(BOX).orElseThrow().index();
      links.probe(index, HOST);
      TwoHosts.await("an answer to ARP", () -> links.neighbour(index, HOST).isUsable());
      assertEquals(
          new Resolution.Resolved(new NextHop(index, BOX_MAC, HOST_MAC, BOX, 1500)),
          links.resolve(HOST));
    }
  }

  @Test
  void watcherResolvesByItself() {
    try (var _ = watch(HOST)) {
      awaitHop(HOST, hop -> hop.destinationMac() == HOST_MAC);
    }
  }

  @Test
  void changedMacIsTold() {
    try (var _ = watch(HOST)) {
      awaitHop(HOST, hop -> hop.destinationMac() == HOST_MAC);
      hosts.host.sh("ip link set h0 address 02:00:00:00:00:07");
      hosts.box.sh("ip neigh flush dev b0");
      awaitHop(HOST, hop -> hop.destinationMac() == 0x02_00_00_00_00_07L);
    }
  }

  @Test
  void linkThatGoesAndReturnsIsTold() {
    try (var _ = watch(HOST)) {
      awaitHop(HOST, hop -> true);
      hosts.host.sh("ip link set h0 down");
      awaitReason(HOST, Resolution.Reason.LINK_DOWN);
      hosts.host.sh("ip link set h0 up");
      awaitHop(HOST, hop -> true);
      hosts.unplug();
      awaitReason(HOST, Resolution.Reason.NO_ROUTE);
      hosts.plug();
      awaitHop(HOST, hop -> true);
    }
  }

  @Test
  void movedRouteIsTold() {
    try (var _ = watch(FAR)) {
      awaitReason(FAR, Resolution.Reason.NO_ROUTE);
      hosts.box.sh("ip route add 10.200.0.0/16 via 10.77.0.1 mtu 1400");
      awaitHop(FAR, hop -> hop.destinationMac() == HOST_MAC && hop.mtu() == 1400);
      hosts.box.sh("ip route del 10.200.0.0/16");
      awaitReason(FAR, Resolution.Reason.NO_ROUTE);
    }
  }

  @Test
  void stationThatFallsSilentAndSpeaksAgainIsTold() {
    hosts.box.sh("sysctl -qw net.ipv4.neigh.b0.base_reachable_time_ms=500");
    hosts.box.sh("sysctl -qw net.ipv4.neigh.b0.delay_first_probe_time=1");
    hosts.box.sh("sysctl -qw net.ipv4.neigh.b0.retrans_time_ms=200");
    try (var _ = watch(HOST)) {
      awaitHop(HOST, hop -> true);
      hosts.host.sh("ip link set h0 arp off");
      awaitReason(HOST, Resolution.Reason.NO_ANSWER);
      hosts.host.sh("ip link set h0 arp on");
      awaitHop(HOST, hop -> true);
    }
  }

  @Test
  void otherDestinationsCanBeWatchedLater() {
    try (NextHopWatcher watcher = watch(FAR)) {
      awaitReason(FAR, Resolution.Reason.NO_ROUTE);
      watcher.watch(Set.of(HOST));
      awaitHop(HOST, hop -> true);
      assertEquals(Set.of(HOST), view.get().nextHops().keySet());
    }
  }

  @Test
  void moreNewsThanTheSocketHoldsLoseNothing() {
    try (var _ = watch(HOST)) {
      awaitHop(HOST, hop -> true);
      hosts.box.sh(
          "for i in 1 2 3 4; do for j in $(seq 250); do"
              + " echo neigh replace 10.77.$i.$j lladdr 02:00:00:00:00:09 dev b0; done; done"
              + " | ip -batch -; ip neigh flush dev b0 nud permanent;"
              + " ip neigh replace 10.77.0.1 lladdr 02:00:00:00:00:08 dev b0");
      awaitHop(HOST, hop -> hop.destinationMac() == 0x02_00_00_00_00_08L);
    }
  }

  @Test
  void listenerThatThrowsIsCalledAgain() {
    try (NextHopWatcher watcher =
        hosts.box.call(
            () ->
                NextHopWatcher.start(
                    Set.of(FAR),
                    seen -> {
                      view.set(seen);
                      throw new IllegalStateException("the listener's own trouble");
                    }))) {
      awaitReason(FAR, Resolution.Reason.NO_ROUTE);
      watcher.watch(Set.of(HOST));
      awaitHop(HOST, hop -> true);
    }
  }

  private NextHopWatcher watch(InetAddress destination) {
    return hosts.box.call(() -> NextHopWatcher.start(Set.of(destination), view::set));
  }

  private void awaitHop(InetAddress destination, Predicate<NextHop> wanted) {
    TwoHosts.await(
        "a next hop that fits",
        () -> resolution(destination) instanceof Resolution.Resolved(NextHop n) && wanted.test(n));
  }

  private void awaitReason(InetAddress destination, Resolution.Reason wanted) {
    TwoHosts.await(
        wanted.toString(), () -> new Resolution.Unresolved(wanted).equals(resolution(destination)));
  }

  private Resolution resolution(InetAddress destination) {
    LinkView seen = view.get();
    return seen == null ? null : seen.nextHops().get(destination);
  }

  private static void assertReason(Resolution.Reason expected, Resolution actual) {
    assertEquals(new Resolution.Unresolved(expected), actual);
  }
}
