package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SERVICE;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NatPortsTest {
  private static final int PORTS_PER_BUCKET = 4;

  @Test
  void mostOfTheRangeIsUsedBeforeAFlowIsRefused() {
    try (Fixture fixture = new Fixture(100_000)) {
      Set<Integer> used = new HashSet<>();
      int flow = fixture.established(CLIENT, 0);
      for (int i = 1; flow >= 0; i++) {
        assertTrue(used.add(fixture.table.natPort(flow)), "a port given twice");
        flow = fixture.established(CLIENT + i, 40_000 + i % 1000);
      }
      assertEquals(Conntrack.NO_PORT, flow);
      double share = used.size() / 22_768.0;
      System.out.printf(
          "NAT ports used towards one server at the first refusal: %.1f %%%n", 100 * share);
      assertTrue(share >= 0.85, "share used: " + share);
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
              0, TCP, CLIENT, port + 1, SERVICE, 80, SERVER, 8081, 4, 5, NAT, fixture.nowNs);
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
      for (int i = 0; i < 100; i++) {
        assertTrue(fixture.create(TCP, CLIENT, clientPort(i)) >= 0);
      }
      assertTrue(fixture.counters.portsRecycled().get() > 0);
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
    few.set(10_000, 10_063);
    String message =
        assertThrows(IllegalArgumentException.class, () -> new NatPorts(few)).getMessage();
    assertTrue(message.contains("64"), message);
  }

  private static Fixture small() {
    return new Fixture(1000, Fixture.ports(6400, 6400 + 64 * PORTS_PER_BUCKET - 1));
  }

  private static void fill(Fixture fixture) {
    for (int i = 0; i < PORTS_PER_BUCKET; i++) {
      assertTrue(fixture.established(CLIENT, clientPort(i)) >= 0);
    }
  }

  /** The ports of one client that fall into one bucket. */
  private static int clientPort(int index) {
    int bucket = Fixture.HASH.bucket(TCP, CLIENT, 1);
    return IntStream.rangeClosed(1, 65_535)
        .filter(port -> Fixture.HASH.bucket(TCP, CLIENT, port) == bucket)
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
