package io.headrace.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.headrace.config.SchedulerKind;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulersTest {
  private static final int KEYS = 1_000_000;

  @ParameterizedTest
  @EnumSource
  void sharesFollowRandomWeightsWithinThreeSigmaOfAMillionKeys(SchedulerKind kind) {
    for (int seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      List<Candidate> servers =
          IntStream.range(0, 4 + 8 * seed)
              .mapToObj(id -> server(id, 1 + random.nextInt(200)))
              .toList();
      double sum = servers.stream().mapToInt(Candidate::weight).sum();
      int[] chosen = chosen(create(kind, servers), servers.size(), random);
      for (Candidate server : servers) {
        double share = server.weight() / sum;
        double sigma = Math.sqrt(KEYS * share * (1 - share));
        assertEquals(KEYS * share, chosen[server.id()], 3 * sigma, kind + ": " + server);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theOrderOfTheFileDoesNotMatter(SchedulerKind kind) {
    List<Candidate> servers = servers(3, 1, 2, 7, 5, 1, 1);
    List<Candidate> shuffled = new ArrayList<>(servers);
    Collections.shuffle(shuffled, new Random(5));
    Scheduler one = create(kind, servers);
    Scheduler other = create(kind, shuffled);
    Random random = new Random(6);
    for (int i = 0; i < 10_000; i++) {
      long hash = random.nextLong();
      assertEquals(one.choose(hash), other.choose(hash));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPoolOfNoneOrOfWeightZeroChoosesNone(SchedulerKind kind) {
    assertEquals(Scheduler.NONE, create(kind, List.of()).choose(42));
    assertEquals(Scheduler.NONE, create(kind, servers(0, 0)).choose(42));
  }

  @ParameterizedTest
  @EnumSource
  void aServerOfWeightZeroGetsNoFlowAndOneAloneGetsAll(SchedulerKind kind) {
    Scheduler scheduler = create(kind, servers(0, 3));
    for (long hash : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
      assertEquals(1, scheduler.choose(hash));
    }
  }

  @ParameterizedTest
  @EnumSource
  void choosingAllocatesNothing(SchedulerKind kind) {
    Scheduler scheduler = create(kind, servers(3, 1, 2, 7));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    // What runs first is not compiled yet.
    for (int attempt = 0; attempt < 5; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (long i = 0; i < 100_000; i++) {
        scheduler.choose(SplitMix.mix(i));
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(least < 1_000, least + " bytes");
  }

  @Test
  void roundRobinIsSmooth() {
    Scheduler scheduler = create(SchedulerKind.ROUND_ROBIN, servers(5, 1, 1));
    StringBuilder chosen = new StringBuilder();
    for (int i = 0; i < 14; i++) {
      chosen.append("abc".charAt(scheduler.choose(i)));
    }
    assertEquals("aabacaaaabacaa", chosen.toString());
  }

  @Test
  void roundRobinGoesOnWhereItWasWhenItsServersChange() {
    AtomicLong turn = new AtomicLong();
    int[] chosen = new int[3];
    for (int i = 0; i < 300; i++) {
      chosen[
          Schedulers.create(SchedulerKind.ROUND_ROBIN, "pool", servers(1, 1, 1), turn).choose(0)]++;
    }
    assertEquals(100, chosen[0]);
    assertEquals(100, chosen[1]);
  }

  @Test
  void theFewestConnectionsForTheWeightAreAlwaysChosen() {
    List<Candidate> servers = servers(1, 2, 5);
    load(create(SchedulerKind.LEAST_CONNECTIONS, servers), servers, 800);
    assertEquals(100, servers.get(0).flows().count(), 1);
    assertEquals(200, servers.get(1).flows().count(), 1);
    assertEquals(500, servers.get(2).flows().count(), 1);
    servers.get(1).flows().closed();
    servers.get(1).flows().closed();
    servers.get(1).flows().closed();
    assertEquals(1, create(SchedulerKind.LEAST_CONNECTIONS, servers).choose(3));
  }

  @Test
  void twoChoicesAreMoreEvenThanOne() {
    List<Candidate> drawn = servers(IntStream.generate(() -> 1).limit(100).toArray());
    List<Candidate> chosen = servers(IntStream.generate(() -> 1).limit(100).toArray());
    load(create(SchedulerKind.RANDOM, drawn), drawn, 10_000);
    load(create(SchedulerKind.TWO_CHOICES, chosen), chosen, 10_000);
    assertTrue(most(drawn) > 115, () -> "by chance: " + most(drawn));
    assertTrue(most(chosen) <= 104, () -> "of two: " + most(chosen));
  }

  @Test
  void noServerGetsMoreThanItsBoundAndAnIdlePoolHashesAsMaglevDoes() {
    List<Candidate> servers = servers(1, 2, 5);
    Scheduler bounded = create(SchedulerKind.BOUNDED_LOAD, servers);
    Scheduler maglev = create(SchedulerKind.MAGLEV, servers);
    Random random = new Random(8);
    for (int i = 0; i < 1000; i++) {
      long hash = random.nextLong();
      assertEquals(maglev.choose(hash), bounded.choose(hash));
    }
    for (int i = 1; i <= 800; i++) {
      // One key that everybody asks for.
      servers.get(bounded.choose(42)).flows().opened();
      for (Candidate server : servers) {
        double bound = Math.ceil(BoundedLoad.MOST * i * server.weight() / 8);
        assertTrue(server.flows().count() <= bound, server + " of " + i);
      }
    }
  }

  @Test
  void aServerThatGoesMovesNoFlowOfAnotherUnderRendezvous() {
    List<Candidate> all = servers(3, 1, 2, 7, 5);
    Scheduler before = create(SchedulerKind.RENDEZVOUS, all);
    for (Candidate gone : all) {
      Scheduler after =
          create(SchedulerKind.RENDEZVOUS, all.stream().filter(server -> server != gone).toList());
      Random random = new Random(9);
      for (int i = 0; i < 20_000; i++) {
        long hash = random.nextLong();
        int old = before.choose(hash);
        assertTrue(old == gone.id() || old == after.choose(hash));
      }
    }
  }

  @Test
  void aSourceIsTheSameWhateverWayItIsWritten() throws Exception {
    assertEquals(SourceHash.of(0xc0000201), SourceHash.of(InetAddress.getByName("192.0.2.1")));
    assertNotEquals(SourceHash.of(0xc0000201), SourceHash.of(0xc0000202));
    assertEquals(
        SourceHash.of(InetAddress.getByName("2001:db8::1")),
        SourceHash.of(InetAddress.getByName("2001:db8::ffff:2")));
    assertNotEquals(
        SourceHash.of(InetAddress.getByName("2001:db8::1")),
        SourceHash.of(InetAddress.getByName("2001:db8:0:1::1")));
    assertTrue(create(SchedulerKind.SOURCE, servers(1)).isBySource());
  }

  private static void load(Scheduler scheduler, List<Candidate> servers, int flows) {
    Random random = new Random(7);
    for (int i = 0; i < flows; i++) {
      servers.get(scheduler.choose(random.nextLong())).flows().opened();
    }
  }

  private static int most(List<Candidate> servers) {
    return servers.stream().mapToInt(server -> server.flows().count()).max().orElseThrow();
  }

  private static int[] chosen(Scheduler scheduler, int servers, Random random) {
    int[] chosen = new int[servers];
    for (int i = 0; i < KEYS; i++) {
      chosen[scheduler.choose(random.nextLong())]++;
    }
    return chosen;
  }

  private static Scheduler create(SchedulerKind kind, List<Candidate> servers) {
    return Schedulers.create(kind, "pool", servers, new AtomicLong());
  }

  private static List<Candidate> servers(int... weights) {
    return IntStream.range(0, weights.length).mapToObj(i -> server(i, weights[i])).toList();
  }

  private static Candidate server(int id, int weight) {
    return new Candidate(
        id, "10.0." + (100 + id / 100) + "." + (100 + id % 100) + ":80", weight, new LiveFlows());
  }
}
