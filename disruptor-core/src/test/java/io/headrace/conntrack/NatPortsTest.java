package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SERVICE;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.packet.IpAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NatPortsTest {
  private static final int PORTS_PER_BUCKET = 4;

  @Test
  void mostOfTheRangeIsUsedBeforeAFlowIsRefused() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    double least = 1;
    for (int key = 0; key < 20; key++) {
      least =
          Math.min(least, shareUsed(new FlowHash(random.nextLong(), random.nextLong()), random));
    }
    System.out.printf(
        "NAT ports used towards one server at the first refusal: %.1f %% and more%n", 100 * least);
    assertTrue(least >= 0.85, "share used: " + least + ", seed " + seed);
  }

  private static double shareUsed(FlowHash hash, Random clients) {
    try (Fixture fixture = new Fixture(hash)) {
      Set<Integer> used = new HashSet<>();
      int flow = fixture.established(clients.nextInt(), clients.nextInt(0x10000));
      while (flow >= 0) {
        assertTrue(used.add(fixture.table.natPort(flow)), "a port given twice");
        flow = fixture.established(clients.nextInt(), clients.nextInt(0x10000));
      }
      assertEquals(Conntrack.NO_PORT, flow);
      return used.size() / 22_768.0;
    }
  }

  @Test
  void whoDoesNotKnowTheKeyCannotForetellAPort() {
    Random keys = new Random(1);
    Set<Integer> ports = new HashSet<>();
    int inOrder = 0;
    for (int i = 0; i < 20; i++) {
      FlowHash hash = new FlowHash(keys.nextLong(), keys.nextLong());
      try (Fixture fixture = new Fixture(hash)) {
        int first = fixture.table.natPort(fixture.create(TCP, CLIENT, clientPort(0, hash)));
        int second = fixture.table.natPort(fixture.create(TCP, CLIENT, clientPort(1, hash)));
        ports.add(first);
        inOrder += Math.abs(first - second) == FlowHash.BUCKETS ? 1 : 0;
      }
    }
    assertTrue(ports.size() >= 18, "ports of the same client by key: " + ports);
    assertTrue(inOrder <= 1, "ports beside each other: " + inOrder);
  }

  @Test
  void everyAddressHasTheWholeRange() {
    int[] addresses = {NAT, NAT + 1, NAT + 2};
    try (Fixture fixture = small()) {
      Set<Long> used = new HashSet<>();
      for (int i = 0; i < 3 * PORTS_PER_BUCKET; i++) {
        int flow = fixture.established(CLIENT, clientPort(i), addresses);
        int address = fixture.table.natAddress(flow);
        assertTrue(used.add((long) address << 16 | fixture.table.natPort(flow)));
        assertTrue(address >= NAT && address <= NAT + 2, "an address of ours");
      }
      int more = clientPort(3 * PORTS_PER_BUCKET);
      assertEquals(Conntrack.NO_PORT, fixture.established(CLIENT, more, addresses));
      assertEquals(0, fixture.counters.portsRecycled().get());
    }
  }

  @Test
  void addressesAreUsedAlike() {
    int[] addresses = {NAT, NAT + 1, NAT + 2, NAT + 3};
    int[] flows = new int[4];
    try (Fixture fixture = new Fixture(10_000)) {
      for (int port = 1; port <= 4000; port++) {
        int flow = fixture.create(TCP, CLIENT, port, SERVER, addresses);
        flows[fixture.table.natAddress(flow) - NAT]++;
      }
    }
    for (int count : flows) {
      assertTrue(count > 800 && count < 1200, "flows by address: " + Arrays.toString(flows));
    }
  }

  @Test
  void aClientThatComesAgainGetsAddressAndPortThatItHad() {
    int[] addresses = {NAT, NAT + 1, NAT + 2, NAT + 3};
    try (Fixture fixture = new Fixture(1000)) {
      for (int port = 1; port < 50; port++) {
        int flow = fixture.create(TCP, CLIENT, port, SERVER, addresses);
        int address = fixture.table.natAddress(flow);
        int natPort = fixture.table.natPort(flow);
        fixture.client(flow, RST);
        int again = fixture.create(TCP, CLIENT, port, SERVER, addresses);
        assertEquals(natPort, fixture.table.natPort(again));
        assertEquals(address, fixture.table.natAddress(again));
        int moved = fixture.create(TCP, CLIENT, port, SERVER, new int[] {NAT + 9});
        assertEquals(
            NAT + 9, fixture.table.natAddress(moved), "an address that is not ours any more");
      }
    }
  }

  @Test
  void everyPortOfABucketIsFound() {
    try (Fixture fixture = small()) {
      fill(fixture);
      assertEquals(Conntrack.NO_PORT, fixture.established(CLIENT, clientPort(PORTS_PER_BUCKET)));
      assertEquals(1, fixture.counters.noPort().get());
    }
  }

  @Test
  void otherServersHaveTheWholeRangeAgain() {
    try (Fixture fixture = small()) {
      fill(fixture);
      int port = clientPort(PORTS_PER_BUCKET);
      assertTrue(fixture.create(TCP, CLIENT, port, SERVER + 1) >= 0);
      int sameAddress =
          fixture.table.create(
              0,
              fixture.tuple.ipv4(TCP, CLIENT, port + 1, SERVICE, 80),
              IpAddress.ofIpv4(SERVER),
              8081,
              4,
              5,
              Fixture.addresses(NAT),
              fixture.nowNs);
      assertTrue(sameAddress >= 0, "another port of the same server");
    }
  }

  @Test
  void aPortInQuarantineIsGivenOnlyWhenNoOtherIsLeft() {
    try (Fixture fixture = small()) {
      int first = fixture.established(CLIENT, clientPort(0));
      int quarantined = fixture.table.natPort(first);
      close(fixture, first);
      fixture.pass(Duration.ofSeconds(1));
      int second = fixture.established(CLIENT, clientPort(1));
      assertNotEquals(quarantined, fixture.table.natPort(second));
      close(fixture, second);
      for (int i = 2; i < PORTS_PER_BUCKET; i++) {
        fixture.established(CLIENT, clientPort(i));
      }
      assertEquals(0, fixture.counters.portsRecycled().get());
      int more = fixture.established(CLIENT, clientPort(PORTS_PER_BUCKET));
      assertEquals(quarantined, fixture.table.natPort(more), "the oldest is recycled");
      assertEquals(1, fixture.counters.portsRecycled().get());
      assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, clientPort(0)));
    }
  }

  @Test
  void aPortIsFreeWhenItsQuarantineIsOver() {
    try (Fixture fixture = small()) {
      fill(fixture);
      close(fixture, fixture.find(TCP, CLIENT, clientPort(2)));
      fixture.pass(Duration.ofSeconds(61));
      assertTrue(fixture.established(CLIENT, clientPort(PORTS_PER_BUCKET)) >= 0);
      assertEquals(0, fixture.counters.portsRecycled().get());
      assertEquals(1, fixture.counters.expired().get());
    }
  }

  @Test
  void aFloodDoesNotUseUpThePorts() {
    try (Fixture fixture = small()) {
      int quarantined = fixture.established(CLIENT, clientPort(0));
      close(fixture, quarantined);
      for (int i = 1; i <= 100; i++) {
        assertTrue(fixture.create(TCP, CLIENT, clientPort(i)) >= 0);
      }
      assertEquals(100 - PORTS_PER_BUCKET / 2, fixture.counters.recycled().get());
      assertEquals(quarantined, fixture.find(TCP, CLIENT, clientPort(0)));
      assertTrue(fixture.established(CLIENT, clientPort(101)) >= 0);
      assertTrue(fixture.established(CLIENT, clientPort(102)) >= 0);
    }
  }

  @Test
  void aFlowGetsTheSamePortInEveryRun() {
    try (Fixture one = new Fixture(100);
        Fixture other = new Fixture(50_000)) {
      for (int port = 1; port < 20; port++) {
        assertEquals(
            one.table.natPort(one.create(TCP, CLIENT, port)),
            other.table.natPort(other.create(TCP, CLIENT, port)));
      }
    }
  }

  @Test
  void aRangeThatLeavesABucketWithoutPortIsRefused() {
    BitSet few = new BitSet();
    few.set(10_000, 10_000 + FlowHash.BUCKETS - 1);
    String message =
        assertThrows(IllegalArgumentException.class, () -> new NatPorts(few)).getMessage();
    assertTrue(message.contains("range of " + FlowHash.BUCKETS + " free ports"), message);
  }

  private static Fixture small() {
    return new Fixture(1000, Fixture.ports(6400, 6400 + FlowHash.BUCKETS * PORTS_PER_BUCKET - 1));
  }

  private static void fill(Fixture fixture) {
    for (int i = 0; i < PORTS_PER_BUCKET; i++) {
      assertTrue(fixture.established(CLIENT, clientPort(i)) >= 0);
    }
  }

  /** The ports of one client that fall into one bucket. */
  private static int clientPort(int index) {
    return clientPort(index, Fixture.HASH);
  }

  private static int clientPort(int index, FlowHash hash) {
    int bucket = hash.bucket(TCP, CLIENT, 1);
    return IntStream.rangeClosed(1, 65_535)
        .filter(port -> hash.bucket(TCP, CLIENT, port) == bucket)
        .skip(index)
        .findFirst()
        .orElseThrow();
  }

  private static void close(Fixture fixture, int flow) {
    fixture.client(flow, FIN | ACK);
    fixture.server(flow, FIN | ACK);
    fixture.client(flow, ACK | SYN);
  }
}
