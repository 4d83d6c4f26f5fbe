package io.headrace.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SourceLimitTest {
  private static final int PER_SECOND = 10;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final SourceLimit limit = new SourceLimit(FlowHash.random(), PER_SECOND);
  private long nowNs = -5 * SECOND;

  @Test
  void noAddressGetsMoreThanARateAndABurst() {
    Random random = new Random(1);
    int[] admitted = new int[500];
    int asked = 0;
    long start = nowNs;
    while (nowNs - start < 10 * SECOND) {
      int address = random.nextInt(admitted.length);
      admitted[address] += limit.admits(address, nowNs) ? 1 : 0;
      asked++;
      nowNs += random.nextInt(200_000);
    }
    int most = PER_SECOND + 10 * PER_SECOND;
    assertTrue(asked > 2 * most * admitted.length / 3, "asked for: " + asked);
    for (int count : admitted) {
      assertTrue(count <= most, "admitted: " + count);
    }
    assertTrue(Arrays.stream(admitted).max().orElseThrow() > 9 * most / 10, "nearly all of it");
  }

  @Test
  void busyAddressesDoNotDisturbOthers() {
    for (int address = 0; address < 4000; address++) {
      for (int flow = 0; flow < 2 * PER_SECOND; flow++) {
        limit.admits(address, nowNs);
      }
    }
    assertEquals(5000, admitted(1_000_000, 5000), 2);
  }

  @Test
  void forgedAddressesDisturbNobodyUntilTheyAreVeryMany() {
    long start = nowNs;
    for (int forged = 0; forged < 300_000; forged++) {
      nowNs = start + forged * SECOND / 300_000;
      limit.admits(0x40000000 + forged, nowNs);
    }
    assertEquals(1000, admitted(1_000_000, 1000));
  }

  @Test
  void noLimitIsNone() {
    SourceLimit none = new SourceLimit(FlowHash.random(), 0);
    for (int flow = 0; flow < 10_000; flow++) {
      assertTrue(none.admits(1, nowNs));
    }
  }

  private int admitted(int first, int addresses) {
    int admitted = 0;
    for (int address = first; address < first + addresses; address++) {
      admitted += limit.admits(address, nowNs) ? 1 : 0;
    }
    return admitted;
  }
}
