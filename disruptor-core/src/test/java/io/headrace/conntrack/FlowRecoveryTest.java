package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.IpAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What frames and new flows find while the flows of an earlier process wait for their turn. */
class FlowRecoveryTest {
  private static final int CAPACITY = 2000;
  private static final IpAddress IPV6_CLIENT = IpAddress.parse("2001:db8:ffff::1");
  private static final IpAddress IPV6_SERVICE = IpAddress.parse("2001:db8::80");
  private static final IpAddress IPV6_SERVER = IpAddress.parse("fd00::1");
  private static final IpAddress IPV6_NAT = IpAddress.parse("fd00::fe");

  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void setPath() {
    path = directory.resolve("flows");
  }

  @Test
  void aFrameOfEitherSideBringsItsFlowWithIt() {
    fill(2);
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      int first = fixture.find(TCP, CLIENT, 0);
      int second = fixture.findReply(TCP, natPort(file, 1));

      assertEquals(0, fixture.table.clientPort(first));
      assertEquals(natPort(file, 0), fixture.table.natPort(first));
      assertEquals(FlowState.ESTABLISHED, fixture.table.state(first));
      assertEquals(1, fixture.table.clientPort(second));
      assertEquals(first, fixture.findReply(TCP, natPort(file, 0)));
      assertEquals(second, fixture.find(TCP, CLIENT, 1));
      assertEquals(2, fixture.counters.fileHits().get());
      assertEquals(0, fixture.counters.misses().get());
      assertEquals(2, fixture.restored);
      fixture.recoverAll();
      assertEquals(2, fixture.restored, "nothing was left");
    }
  }

  @Test
  void framesFindTheirFlowsWhenTheTurnOfSomeHasBeen() {
    int flows = 500;
    fill(flows);
    for (boolean fromClient : new boolean[] {true, false}) {
      try (FlowFile file = open();
          Fixture fixture = new Fixture(file)) {
        fixture.recoverFrom(file);
        assertTrue(fixture.table.recover(flows / 2, fixture.nowNs));
        for (int port = 0; port < flows; port++) {
          int flow =
              fromClient
                  ? fixture.find(TCP, CLIENT, port)
                  : fixture.findReply(TCP, natPort(file, port));
          assertEquals(port, fixture.table.clientPort(flow));
        }
        assertEquals(flows / 2, fixture.counters.fileHits().get());
        assertEquals(flows, fixture.table.size());
        assertEquals(0, fixture.counters.waiting().get());
      }
    }
  }

  @Test
  void framesOfIpv6BringTheirFlowsWithThem() {
    int flows = 50;
    int[] natPorts = new int[flows];
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      file.carryIpv6();
      for (int port = 0; port < flows; port++) {
        FlowTuple client = ipv6Client(file, fixture, port);
        int flow =
            fixture.table.create(
                file.hash().bucket(client),
                client,
                IPV6_SERVER,
                8080,
                3,
                5,
                new IpAddress[] {IPV6_NAT},
                fixture.nowNs);
        fixture.server(flow, SYN | ACK);
        natPorts[port] = fixture.table.natPort(flow);
      }
    }
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      for (int port = 0; port < flows; port++) {
        FlowTuple frame =
            port % 2 == 0
                ? ipv6Client(file, fixture, port)
                : ipv6(file, fixture, IPV6_SERVER, 8080, IPV6_NAT, natPorts[port]);
        int hash = fixture.table.hash(frame);
        int flow =
            port % 2 == 0
                ? fixture.table.find(hash, frame, fixture.nowNs)
                : fixture.table.findReply(hash, frame, fixture.nowNs);
        assertEquals(port, fixture.table.clientPort(flow));
        assertEquals(natPorts[port], fixture.table.natPort(flow));
      }
      assertEquals(flows, fixture.counters.fileHits().get());
      assertEquals(0, fixture.counters.waiting().get());
    }
  }

  private static FlowTuple ipv6Client(FlowFile file, Fixture fixture, int port) {
    return ipv6(file, fixture, IPV6_CLIENT, port, IPV6_SERVICE, 80);
  }

  private static FlowTuple ipv6(
      FlowFile file, Fixture fixture, IpAddress from, int fromPort, IpAddress to, int toPort) {
    return fixture.tuple.ipv6(
        file.hash(), TCP, from.high(), from.low(), fromPort, to.high(), to.low(), toPort);
  }

  @Test
  void howManyWaitIsCounted() {
    fill(10);
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      assertEquals(10, fixture.counters.waiting().get());
      fixture.find(TCP, CLIENT, 7);
      assertTrue(fixture.table.recover(4, fixture.nowNs));
      assertEquals(5, fixture.counters.waiting().get());
      assertEquals(5, fixture.counters.recovered().get());
      assertEquals(5, fixture.table.size());
      assertFalse(fixture.table.recover(5, fixture.nowNs));
      assertEquals(0, fixture.counters.waiting().get());
      assertEquals(10, fixture.table.size());
    }
  }

  @Test
  void noNewFlowGetsThePortOfOneThatWaits() {
    NatPorts ports = Fixture.ports(10_000, 10_000 + 10 * FlowHash.BUCKETS - 1);
    int held;
    try (FlowFile file = open();
        Fixture fixture = new Fixture(Limits.of(CAPACITY), ports, file)) {
      for (int port = 0; port < 80; port++) {
        fixture.established(CLIENT, port);
      }
      held = fixture.table.size();
    }
    try (FlowFile file = open();
        Fixture fixture = new Fixture(Limits.of(CAPACITY), ports, file)) {
      fixture.recoverFrom(file);
      int begun = 0;
      for (int port = 1000; port < 2000; port++) {
        begun += fixture.established(CLIENT, port) >= 0 ? 1 : 0;
      }
      fixture.recoverAll();
      assertEquals(0, fixture.counters.orphaned().get(), "flows whose port another had");
      Set<Integer> inUse = new HashSet<>();
      fixture.table.forEach(flow -> assertTrue(inUse.add(fixture.table.natPort(flow))));
      assertEquals(held + begun, inUse.size());
      assertEquals(10 * FlowHash.BUCKETS, inUse.size(), "all are in use");
    }
  }

  @Test
  void thePortOfAFlowThatCannotGoOnIsFree() {
    NatPorts ports = Fixture.ports(10_000, 10_000 + FlowHash.BUCKETS - 1);
    try (FlowFile file = open();
        Fixture fixture = new Fixture(Limits.of(CAPACITY), ports, file)) {
      assertTrue(fixture.established(CLIENT, 1) >= 0);
    }
    try (FlowFile file = open();
        Fixture fixture = new Fixture(Limits.of(CAPACITY), ports, file)) {
      fixture.table.recoverFrom(file.waiting(1).getFirst(), (_, _) -> Conntrack.NONE);
      assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, 1));
      assertTrue(fixture.established(CLIENT, 1) >= 0);
      assertEquals(1, fixture.counters.orphaned().get());
      fixture.recoverAll();
      assertEquals(1, fixture.table.size());
    }
    try (StoredFlows flows = StoredFlows.open(path)) {
      flows.forEach(flow -> assertEquals(NAT, flow.nat().ipv4()));
      assertEquals(1, count(flows), "the new one, in place of the other");
    }
  }

  @Test
  void whatWaitsHasItsPlaceInTheTable() {
    fill(8);
    try (FlowFile file = open();
        Fixture fixture = new Fixture(new Limits(10, 10, 0), Fixture.ports(10_000, 32_767), file)) {
      fixture.recoverFrom(file);
      for (int port = 100; port < 102; port++) {
        assertTrue(fixture.established(CLIENT, port) >= 0);
      }
      assertEquals(Conntrack.TABLE_FULL, fixture.established(CLIENT, 102));
      fixture.recoverAll();
      assertEquals(10, fixture.table.size());
      assertEquals(8, fixture.counters.recovered().get());
    }
  }

  @Test
  void aFlowThatEndsBeforeItsTurnDoesNotComeBack() {
    fill(3);
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      fixture.recoverFrom(file);
      fixture.client(fixture.find(TCP, CLIENT, 0), RST);
      fixture.table.remove(fixture.find(TCP, CLIENT, 0));
      // What takes its place in the file is no flow that waits.
      fixture.established(CLIENT + 1, 0);
      fixture.recoverAll();
      assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, 0));
      assertEquals(3, fixture.table.size());
      assertNotEquals(Conntrack.NONE, fixture.find(TCP, CLIENT + 1, 0));
    }
  }

  @Test
  void whatWaitsAtTheEndIsInTheFileStill() {
    fill(10);
    for (int start = 0; start < 3; start++) {
      try (FlowFile file = open();
          Fixture fixture = new Fixture(file)) {
        fixture.recoverFrom(file);
        assertEquals(10 + start, fixture.counters.waiting().get());
        fixture.table.recover(3, fixture.nowNs);
        fixture.established(CLIENT + 1, start);
      }
    }
  }

  private void fill(int flows) {
    try (FlowFile file = open();
        Fixture fixture = new Fixture(file)) {
      for (int port = 0; port < flows; port++) {
        fixture.established(CLIENT, port);
      }
    }
  }

  private FlowFile open() {
    return FlowFile.open(path, CAPACITY, FlowHash.random());
  }

  private static int natPort(FlowFile file, int clientPort) {
    int[] natPort = new int[1];
    file.ipv4()
        .forEach(
            (key, value) -> {
              StoredFlow flow = StoredFlow.of(key, value);
              assertEquals(SERVER, flow.server().ipv4());
              if (flow.clientPort() == clientPort) {
                natPort[0] = flow.natPort();
              }
            });
    return natPort[0];
  }

  private static int count(StoredFlows flows) {
    int[] count = new int[1];
    flows.forEach(_ -> count[0]++);
    return count[0];
  }
}
