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
  private final FlowTuple tuple = new FlowTuple();
  private long nowNs = -5 * SECOND;

  @Test
  void noAddressGetsMoreThanARateAndABurst() {
    Random random = new Random(1);
    int[] admitted = new int[500];
    int asked = 0;
    long start = nowNs;
    while (nowNs - start < 10 * SECOND) {
      int address = random.nextInt(admitted.length);
      admitted[address] += admits(address) ? 1 : 0;
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
        admits(address);
      }
    }
    assertEquals(5000, admitted(1_000_000, 5000), 2);
  }

  @Test
  void forgedAddressesDisturbNobodyUntilTheyAreVeryMany() {
    long start = nowNs;
    for (int forged = 0; forged < 300_000; forged++) {
      nowNs = start + forged * SECOND / 300_000;
      admits(0x40000000 + forged);
    }
    assertEquals(1000, admitted(1_000_000, 1000));
  }

  @Test
  void noLimitIsNone() {
    SourceLimit none = new SourceLimit(FlowHash.random(), 0);
    for (int flow = 0; flow < 10_000; flow++) {
      assertTrue(none.admits(tuple.ipv4(6, 1, 2, 3, 4), nowNs));
    }
  }

  @Test
  void aNetworkOfIpv6IsOneSource() {
    int admitted = 0;
    int ofAnother = 0;
    for (int host = 0; host < 10 * PER_SECOND; host++) {
      admitted += admits(0x20010db800000001L, host) ? 1 : 0;
      ofAnother += admits(0x20010db800000002L + host, host) ? 1 : 0;
    }
    assertEquals(PER_SECOND, admitted);
    assertEquals(10 * PER_SECOND, ofAnother);
  }

  private boolean admits(int address) {
    return limit.admits(tuple.ipv4(6, address, 1, 2, 80), nowNs);
  }

  private boolean admits(long high, long low) {
    return limit.admits(tuple.ipv6(FlowHash.fixed(), 6, high, low, 1, 2, 3, 80), nowNs);
  }

  private int admitted(int first, int addresses) {
    int admitted = 0;
    for (int address = first; address < first + addresses; address++) {
      admitted += admits(address) ? 1 : 0;
    }
    return admitted;
  }
}
