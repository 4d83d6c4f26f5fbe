package io.headrace.conntrack;

import static io.headrace.conntrack.Fixture.ACK;
import static io.headrace.conntrack.Fixture.CLIENT;
import static io.headrace.conntrack.Fixture.FIN;
import static io.headrace.conntrack.Fixture.NAT;
import static io.headrace.conntrack.Fixture.PSH;
import static io.headrace.conntrack.Fixture.RST;
import static io.headrace.conntrack.Fixture.SERVER;
import static io.headrace.conntrack.Fixture.SERVICE;
import static io.headrace.conntrack.Fixture.SYN;
import static io.headrace.conntrack.Fixture.TCP;
import static io.headrace.conntrack.Fixture.UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConntrackTest {
  private final Fixture fixture = new Fixture(1000);
  private final Conntrack table = fixture.table;

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aFlowIsFoundFromBothSides() {
    int flow = fixture.create(TCP, CLIENT, 40_000);
    assertEquals(flow, fixture.find(TCP, CLIENT, 40_000));
    assertEquals(flow, fixture.findReply(TCP, table.natPort(flow)));
    assertEquals(Conntrack.NONE, fixture.find(UDP, CLIENT, 40_000));
    assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, 40_001));
    assertEquals(Conntrack.NONE, fixture.findReply(UDP, table.natPort(flow)));
    assertEquals(Conntrack.NONE, fixture.findReply(TCP, table.natPort(flow) + FlowHash.BUCKETS));
  }

  @Test
  void aFlowKeepsWhatItWasCreatedWith() {
    int client = 0xdfffff01; // the highest bits set, so that a lost sign shows
    int flow = fixture.create(TCP, client, 65_535);
    table.clientLink(flow, 0xfeffffffffffL, 3);
    assertEquals(TCP, table.protocol(flow));
    assertEquals(client, table.clientAddress(flow));
    assertEquals(65_535, table.clientPort(flow));
    assertEquals(SERVICE, table.serviceAddress(flow));
    assertEquals(80, table.servicePort(flow));
    assertEquals(SERVER, table.serverAddress(flow));
    assertEquals(8080, table.serverPort(flow));
    assertEquals(NAT, table.natAddress(flow));
    assertEquals(3, table.serverId(flow));
    assertEquals(5, table.serviceId(flow));
    assertEquals(0xfeffffffffffL, table.clientMac(flow));
    assertEquals(3, table.clientArm(flow));
    assertEquals(FlowState.SYN_SENT, table.state(flow));
    assertEquals(Fixture.HASH.bucket(TCP, client, 65_535), table.bucket(flow));
  }

  @Test
  void theShorterOfWhatTheTwoEndsTakeCountsAndNothingChangesItLater() {
    int flow = fixture.create(TCP, CLIENT, 40_000);
    assertEquals(0, table.packetLimit(flow));
    table.announce(flow, 1500);
    fixture.client(flow, SYN);
    table.announce(flow, 1400);
    fixture.server(flow, SYN | ACK);
    table.announce(flow, 65_535);
    assertEquals(1400, table.packetLimit(flow));
    fixture.client(flow, ACK);
    table.announce(flow, 128);
    assertEquals(1400, table.packetLimit(flow));
    table.remove(flow);
    assertEquals(0, table.packetLimit(fixture.create(TCP, CLIENT, 40_001)), "another flow's");
  }

  @Test
  void aFlowEndsWhenNoFrameComes() {
    int flow = fixture.established(CLIENT, 1);
    fixture.pass(Duration.ofMinutes(123));
    assertEquals(0, fixture.expireAll());
    fixture.server(flow, ACK);
    fixture.pass(Duration.ofMinutes(123));
    assertEquals(0, fixture.expireAll());
    assertEquals(flow, fixture.find(TCP, CLIENT, 1));
    fixture.pass(Duration.ofMinutes(1));
    assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, 1), "past its deadline, removed or not");
    fixture.pass(Duration.ofSeconds(1));
    assertEquals(1, fixture.expireAll());
    assertEquals(0, table.size());
    assertEquals(0, fixture.connections);
    assertEquals(1, fixture.counters.expired().get());
    assertEquals(0, fixture.counters.current());
  }

  @Test
  void everyStateHasItsOwnTime() {
    int opening = fixture.create(TCP, CLIENT, 1);
    int answered = fixture.create(TCP, CLIENT, 8);
    int established = fixture.established(CLIENT, 2);
    int reset = fixture.established(CLIENT, 3);
    int closed = fixture.established(CLIENT, 4);
    int halfClosed = fixture.established(CLIENT, 5);
    int unreplied = fixture.create(UDP, CLIENT, 6);
    int replied = fixture.create(UDP, CLIENT, 7);
    fixture.server(answered, SYN | ACK);
    fixture.client(reset, RST);
    fixture.client(closed, FIN | ACK);
    fixture.server(closed, FIN | ACK);
    fixture.server(halfClosed, FIN | ACK);
    fixture.client(unreplied, 0);
    fixture.server(replied, 0);
    assertEquals(30, secondsLeft(unreplied));
    assertEquals(60, secondsLeft(closed));
    assertEquals(60, secondsLeft(answered));
    assertEquals(120, secondsLeft(opening));
    assertEquals(120, secondsLeft(halfClosed));
    assertEquals(120, secondsLeft(replied));
    assertEquals(240, secondsLeft(reset));
    assertEquals(7440, secondsLeft(established));
    int[] left = {7, 5, 2, 1};
    int[] afterSeconds = {31, 30, 60, 120};
    for (int i = 0; i < left.length; i++) {
      fixture.pass(Duration.ofSeconds(afterSeconds[i]));
      fixture.expireAll();
      assertEquals(left[i], table.size(), "flows left in step " + i);
    }
    assertEquals(1, fixture.connections);
  }

  @Test
  void aSilenceOfYearsEndsEverythingWithoutALongWalk() {
    for (int port = 0; port < 500; port++) {
      fixture.established(CLIENT, port);
    }
    fixture.pass(Duration.ofDays(20_000));
    assertEquals(500, fixture.expireAll());
  }

  @Test
  void aFlowThatIsStillHeardOfDoesNotHideOneThatIsNot() {
    int heard = fixture.create(TCP, CLIENT, 1);
    fixture.create(TCP, CLIENT, 2);
    fixture.pass(Duration.ofSeconds(100));
    fixture.client(heard, SYN);
    fixture.pass(Duration.ofSeconds(21));
    assertEquals(1, fixture.expireAll());
    assertEquals(heard, fixture.find(TCP, CLIENT, 1));
  }

  @Test
  void expiryIsBoundedPerCall() {
    for (int port = 0; port < 400; port++) {
      fixture.create(UDP, CLIENT, port);
    }
    fixture.pass(Duration.ofSeconds(31));
    assertEquals(64, table.expire(fixture.nowNs));
    assertEquals(400 - 64, fixture.expireAll());
  }

  @Test
  void connectionsAreCountedOnceHoweverTheyEnd() {
    int flow = fixture.established(CLIENT, 1);
    assertEquals(1, fixture.connections);
    fixture.client(flow, FIN | ACK);
    assertEquals(1, fixture.connections);
    fixture.server(flow, FIN | ACK);
    assertEquals(0, fixture.connections);
    fixture.client(flow, ACK);
    table.remove(flow);
    assertEquals(0, fixture.connections);
    table.remove(fixture.established(CLIENT, 2));
    assertEquals(0, fixture.connections);
  }

  @Test
  void aClosedFlowIsReplacedAndKeepsItsPort() {
    int flow = fixture.established(CLIENT, 1);
    int port = table.natPort(flow);
    assertFalse(table.isClosing(flow));
    fixture.server(flow, RST);
    assertTrue(table.isClosing(flow));
    int again = fixture.create(TCP, CLIENT, 1);
    assertEquals(port, table.natPort(again));
    assertEquals(FlowState.SYN_SENT, table.state(again));
    assertEquals(1, table.size());
    assertEquals(1, fixture.connections);
    assertEquals(2, fixture.counters.created().get());
  }

  @Test
  void aClosedFlowThatGoesToAnotherServerIsReplaced() {
    int flow = fixture.established(CLIENT, 1);
    fixture.server(flow, RST);
    int again = fixture.create(TCP, CLIENT, 1, SERVER + 1);
    assertEquals(SERVER + 1, table.serverAddress(again));
    assertEquals(again, fixture.find(TCP, CLIENT, 1));
    assertEquals(1, table.size());
  }

  @Test
  void establishedFlowsOutliveAFlood() {
    for (int port = 0; port < 400; port++) {
      fixture.established(CLIENT, port);
    }
    for (int i = 0; i < 20_000; i++) {
      assertTrue(fixture.create(i % 2 == 0 ? TCP : UDP, 0x0b000000 + i, 7) >= 0);
    }
    for (int port = 0; port < 400; port++) {
      assertNotEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, port));
    }
    int opening = table.size() - 400;
    assertTrue(opening > 450 && opening <= 500, "half of the table may be opening: " + opening);
    assertEquals(20_000 - opening, fixture.counters.recycled().get());
    assertEquals(table.size(), fixture.connections);
    int legitimate = fixture.established(CLIENT, 401);
    assertEquals(legitimate, fixture.find(TCP, CLIENT, 401));
  }

  @Test
  void aFloodOfTenTimesTheCapacityEvictsNoEstablishedFlowOfAFullTable() {
    for (int port = 0; port < 990; port++) {
      fixture.established(CLIENT, port);
    }
    for (int i = 0; i < 10_000; i++) {
      assertTrue(fixture.create(TCP, 0x0b000000 + i, 7, SERVER + i % 3) >= 0);
    }
    assertEquals(1000, table.size());
    for (int port = 0; port < 990; port++) {
      assertEquals(FlowState.ESTABLISHED, table.state(fixture.find(TCP, CLIENT, port)));
    }
    assertTrue(fixture.established(CLIENT, 990) >= 0);
  }

  @Test
  void aFloodTowardsOneServerLeavesTheHalfOpenFlowsOfAnother() {
    for (int port = 0; port < 10; port++) {
      fixture.create(TCP, CLIENT, port, SERVER + 1);
    }
    for (int i = 0; i < 10_000; i++) {
      fixture.create(TCP, 0x0b000000 + i, 7);
    }
    for (int port = 0; port < 10; port++) {
      assertNotEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, port));
    }
    assertTrue(table.size() <= 500, "opening: " + table.size());
  }

  @Test
  void aFloodRecyclesTheOldestOfItsServerAndBucket() {
    for (int i = 0; i < 10_000; i++) {
      fixture.create(TCP, 0x0b000000 + i, 7);
    }
    int bucket = Fixture.HASH.bucket(TCP, 0x0b000000 + 9_999, 7);
    List<Integer> left = new ArrayList<>();
    List<Integer> newest = new ArrayList<>();
    table.forEach(
        flow -> {
          if (table.bucket(flow) == bucket) {
            left.add(table.clientAddress(flow));
          }
        });
    for (int i = 9_999; newest.size() < left.size(); i--) {
      if (Fixture.HASH.bucket(TCP, 0x0b000000 + i, 7) == bucket) {
        newest.add(0x0b000000 + i);
      }
    }
    assertEquals(newest.stream().sorted().toList(), left.stream().sorted().toList());
  }

  @Test
  void halfOpenFlowsNeverExceedTheirBound() {
    try (Fixture few = new Fixture(new Limits(1000, 7, 0), Fixture.ports(10_000, 32_767))) {
      for (int i = 0; i < 500; i++) {
        assertTrue(few.create(i % 2 == 0 ? TCP : UDP, CLIENT + i, 7, SERVER + i % 50) >= 0);
        assertTrue(few.table.size() <= 7);
      }
      assertEquals(500 - few.table.size(), few.counters.recycled().get());
    }
  }

  @Test
  void aResetFlowGoesOnWhenBothEndsSpeakAgain() {
    int flow = fixture.established(CLIENT, 1);
    fixture.client(flow, RST);
    assertEquals(0, fixture.connections);
    fixture.server(flow, ACK);
    fixture.server(flow, ACK | PSH);
    assertEquals(FlowState.RESET, table.state(flow), "may have been under way");
    fixture.client(flow, ACK);
    assertEquals(FlowState.ESTABLISHED, table.state(flow));
    assertEquals(7440, secondsLeft(flow));
    assertEquals(1, fixture.connections);
    assertEquals(1, fixture.counters.resumed().get());
    fixture.server(flow, RST | ACK);
    fixture.client(flow, FIN | ACK);
    fixture.server(flow, ACK);
    assertEquals(FlowState.ESTABLISHED, table.state(flow), "the FIN came before the proof");
    fixture.client(flow, FIN | ACK);
    fixture.server(flow, FIN | ACK);
    assertEquals(FlowState.TIME_WAIT, table.state(flow));
    assertEquals(0, fixture.connections);
    table.remove(flow);
    assertEquals(0, fixture.connections);
  }

  @Test
  void aResetFlowStaysResetWhileRstsAnswer() {
    int flow = fixture.established(CLIENT, 1);
    fixture.client(flow, RST);
    for (int i = 0; i < 5; i++) {
      fixture.server(flow, ACK | PSH);
      fixture.client(flow, RST);
      fixture.client(flow, ACK);
      fixture.server(flow, RST);
      fixture.server(flow, SYN | ACK);
    }
    assertEquals(FlowState.RESET, table.state(flow));
    assertEquals(0, fixture.connections);
  }

  @Test
  void aSourceAddressMayBeginSoManyFlowsASecond() {
    try (Fixture limited = new Fixture(new Limits(1000, 500, 5), Fixture.ports(10_000, 32_767))) {
      assertEquals(5, begun(limited, CLIENT, 20));
      assertEquals(15, limited.counters.sourceLimited().get());
      assertEquals(Conntrack.OVER_LIMIT, limited.create(UDP, CLIENT, 99));
      assertEquals(5, begun(limited, CLIENT + 1, 20), "another address has its own");
      limited.pass(Duration.ofMillis(200));
      assertEquals(1, begun(limited, CLIENT, 20));
      limited.pass(Duration.ofMillis(650));
      assertEquals(3, begun(limited, CLIENT, 20));
      limited.pass(Duration.ofDays(1));
      assertEquals(5, begun(limited, CLIENT, 20));
      limited.pass(Duration.ofDays(-1));
      assertEquals(5, begun(limited, CLIENT, 20), "a clock that was set back");
    }
  }

  private static int begun(Fixture fixture, int address, int attempts) {
    int begun = 0;
    for (int port = 0; port < attempts; port++) {
      begun += fixture.create(TCP, address, port) >= 0 ? 1 : 0;
    }
    return begun;
  }

  @Test
  void aTableFullOfEstablishedFlowsRefuses() {
    for (int port = 0; port < 1000; port++) {
      fixture.established(CLIENT, port);
    }
    assertEquals(1000, table.size());
    assertEquals(Conntrack.TABLE_FULL, fixture.create(TCP, CLIENT, 1001));
    assertEquals(1, fixture.counters.tableFull().get());
    int closed = fixture.find(TCP, CLIENT, 7);
    fixture.client(closed, RST);
    assertTrue(fixture.create(TCP, CLIENT, 1001) >= 0, "the closed one makes room");
    assertEquals(Conntrack.NONE, fixture.find(TCP, CLIENT, 7));
  }

  @Test
  void everyFlowIsShownOnce() {
    fixture.create(TCP, CLIENT, 1);
    int removed = fixture.create(TCP, CLIENT, 2);
    fixture.create(UDP, CLIENT, 3);
    table.remove(removed);
    List<Integer> ports = new ArrayList<>();
    table.forEach(flow -> ports.add(table.clientPort(flow)));
    assertEquals(List.of(1, 3), ports);
  }

  @Test
  void aCapacityThatMakesNoSenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Fixture(0));
    assertThrows(IllegalArgumentException.class, () -> new Fixture(Integer.MAX_VALUE));
  }

  @Test
  void aHugeTableCostsOnlyWhatIsUsed() throws IOException {
    long before = residentKilobytes();
    try (Fixture huge = new Fixture(100_000_000)) {
      int flow = huge.create(TCP, CLIENT, 1);
      assertEquals(flow, huge.find(TCP, CLIENT, 1));
      assertTrue(residentKilobytes() - before < 200_000, "of 8 GB at least the most is untouched");
    }
  }

  @Test
  void noOperationAllocates() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long leastPerRound = Long.MAX_VALUE;
    for (int round = 0; round < 50; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int port = 1; port <= 500; port++) {
        int flow = fixture.established(CLIENT, port);
        table.clientLink(flow, port, 0);
        fixture.server(fixture.findReply(TCP, table.natPort(flow)), FIN | ACK);
        fixture.client(fixture.find(TCP, CLIENT, port), FIN | ACK);
      }
      fixture.pass(Duration.ofSeconds(61));
      fixture.expireAll();
      leastPerRound = Math.min(leastPerRound, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(leastPerRound < 500, "bytes for 500 flows, once compiled: " + leastPerRound);
  }

  private static long residentKilobytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  private long secondsLeft(int flow) {
    return Duration.ofNanos(table.deadlineNs(flow) - fixture.nowNs).toSeconds();
  }
}
