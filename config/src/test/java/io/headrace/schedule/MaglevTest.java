package io.headrace.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTest {
  private static final int FLOWS = 100_000;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65536, 251 * 257})
  void aTableSizeThatIsNoPrimeIsRefused(int size) {
    assertThrows(IllegalArgumentException.class, () -> new Maglev("web", servers(3), size));
  }

  @Test
  void everyHashFindsAServer() {
    Maglev maglev = new Maglev("web", servers(3));
    for (long hash : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
      int id = maglev.choose(hash);
      assertTrue(id >= 0 && id < 3, "hash " + hash + " chose " + id);
    }
  }

  @Test
  void equalWeightsHoldEqualShares() {
    int[] entries = entries(new Maglev("web", servers(10)), 10);
    for (int each : entries) {
      assertEquals(Maglev.DEFAULT_TABLE_SIZE / 10.0, each, 1.0);
    }
  }

  @Test
  void sharesFollowWeightsToAnEntry() {
    int[] weights = {1, 2, 3, 10, 50, 100};
    List<Candidate> servers =
        IntStream.range(0, weights.length).mapToObj(i -> server(i, weights[i])).toList();
    int[] entries = entries(new Maglev("web", servers), weights.length);
    double sum = IntStream.of(weights).sum();
    for (int i = 0; i < weights.length; i++) {
      double due = Maglev.DEFAULT_TABLE_SIZE * weights[i] / sum;
      assertEquals(due, entries[i], 1, "weight " + weights[i]);
    }
  }

  @Test
  void flowsFollowTheTable() {
    Maglev maglev = new Maglev("web", List.of(server(0, 1), server(1, 3)));
    Random random = new Random(7);
    int heavy = 0;
    for (int i = 0; i < FLOWS; i++) {
      heavy += maglev.choose(random.nextLong());
    }
    assertEquals(0.75, (double) heavy / FLOWS, 0.01);
  }

  @Test
  void theLightestServerAmongHeavyOnesStillGetsFlows() {
    List<Candidate> servers = new ArrayList<>(List.of(server(0, 1)));
    IntStream.rangeClosed(1, 100).forEach(i -> servers.add(server(i, 65535)));
    assertTrue(entries(new Maglev("web", servers), 101)[0] > 0);
  }

  @Test
  void theOrderOfTheFileDoesNotMatter() {
    List<Candidate> shuffled = new ArrayList<>(servers(10));
    Collections.shuffle(shuffled, new Random(1));
    assertEquals(
        0.0,
        moved(
            new Maglev("web", Candidate.ordered(servers(10))),
            new Maglev("web", Candidate.ordered(shuffled)),
            -1));
  }

  /** The value comes from a second implementation, written from the paper. */
  @Test
  void theTableIsTheSameOnEveryMachine() {
    Maglev maglev = new Maglev("web", servers(5));
    Random random = new Random(3);
    StringBuilder chosen = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      chosen.append(maglev.choose(random.nextLong()));
    }
    assertEquals("4330203212141134110012220224030224241211", chosen.toString());
  }

  @Test
  void poolsWithTheSameServersDiffer() {
    assertTrue(moved(new Maglev("web", servers(10)), new Maglev("api", servers(10)), -1) > 0.8);
  }

  @Test
  void removingOneOfTenMovesLittleBeyondItsOwnFlows() {
    List<Candidate> all = servers(10);
    Maglev before = new Maglev("web", all);
    for (Candidate gone : all) {
      List<Candidate> rest = all.stream().filter(server -> server != gone).toList();
      double strayed = moved(before, new Maglev("web", rest), gone.id());
      assertTrue(strayed < 0.03, "flows of other servers that moved: " + strayed);
    }
  }

  @Test
  void addingAnEleventhMovesLittleBeyondItsShare() {
    double moved = moved(new Maglev("web", servers(10)), new Maglev("web", servers(11)), -1);
    assertTrue(moved > 1 / 11.0 - 0.01 && moved < 1 / 11.0 + 0.03, "moved " + moved);
  }

  @Test
  void removingAWeightedServerMovesLittleBeyondItsOwnFlows() {
    List<Candidate> all = IntStream.range(0, 10).mapToObj(i -> server(i, i + 1)).toList();
    Maglev before = new Maglev("web", all);
    for (Candidate gone : all) {
      List<Candidate> rest = all.stream().filter(server -> server != gone).toList();
      double strayed = moved(before, new Maglev("web", rest), gone.id());
      assertTrue(strayed < 0.05, "weight " + gone.weight() + " gone, others moved: " + strayed);
    }
  }

  /** All of one weight, light ones among heavy ones, and weights of all kinds. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100})
  void amongAHundredServersLoadsFollowWeightsAndARemovalMovesFewOfTheOthers(int weights) {
    Random random = new Random(5);
    List<Candidate> all =
        IntStream.range(0, 100).mapToObj(id -> server(id, 1 + random.nextInt(weights))).toList();
    Maglev before = new Maglev("web", all);
    int[] entries = entries(before, 100);
    double sum = all.stream().mapToInt(Candidate::weight).sum();
    for (Candidate each : all) {
      double due = Maglev.DEFAULT_TABLE_SIZE * each.weight() / sum;
      assertEquals(due, entries[each.id()], Math.max(1, due * 0.01), each::toString);
    }
    for (Candidate gone : all) {
      List<Candidate> rest = all.stream().filter(server -> server != gone).toList();
      double strayed = moved(before, new Maglev("web", rest), gone.id());
      assertTrue(strayed <= 0.01, () -> gone + " gone, flows of others that moved: " + strayed);
    }
  }

  /** How many entries of the table each server holds; the index is the id. */
  private static int[] entries(Maglev maglev, int servers) {
    int[] entries = new int[servers];
    // The middle of the hashes that meet an entry.
    long each = Long.divideUnsigned(-1, Maglev.DEFAULT_TABLE_SIZE);
    for (int i = 0; i < Maglev.DEFAULT_TABLE_SIZE; i++) {
      entries[maglev.choose(each * i + each / 2)]++;
    }
    return entries;
  }

  /** The share of flows that another server gets, those of one server left out. */
  private static double moved(Maglev before, Maglev after, int leftOut) {
    Random random = new Random(11);
    int moved = 0;
    for (int i = 0; i < FLOWS; i++) {
      long hash = random.nextLong();
      int old = before.choose(hash);
      if (old != leftOut && old != after.choose(hash)) {
        moved++;
      }
    }
    return (double) moved / FLOWS;
  }

  private static List<Candidate> servers(int count) {
    return IntStream.range(0, count).mapToObj(id -> server(id, 1)).toList();
  }

  private static Candidate server(int id, int weight) {
    return new Candidate(id, "10.0.0." + (id + 1) + ":80", weight, new LiveFlows());
  }
}
