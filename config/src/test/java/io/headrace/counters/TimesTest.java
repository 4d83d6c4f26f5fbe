package io.headrace.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class TimesTest {
  private final Times times = Counters.inMemory().times(Name.of(Metric.STAGE_TIME).kind("worker"));

  @Test
  void itHasTheBucketsOfHdrHistogram() {
    Histogram expected = Times.histogram();
    Random random = new Random(8);
    for (int i = 0; i < 100_000; i++) {
      long ns = random.nextLong() >>> 14 + random.nextInt(50);
      expected.recordValueWithCount(ns, 1 + i % 3);
      times.record(ns, 1 + i % 3);
    }
    for (long ns : new long[] {0, 1, 127, 128, 255, 256, 257, 511, 512, Times.LONGEST_NS}) {
      expected.recordValue(ns);
      times.recordShared(ns, 1);
    }
    assertEquals(expected, times.read().histogram());
  }

  @Test
  void whatIsOutOfRangeCountsAsTheEndOfIt() {
    times.record(-5, 1);
    times.record(Long.MAX_VALUE, 1);
    assertEquals(2, times.read().count());
    assertEquals(Times.LONGEST_NS, times.read().maxNs());
    assertEquals(0, times.read().percentileNs(50));
  }

  @Test
  void sumAndLongestAreExact() {
    times.record(1_234_567, 2);
    times.record(7, 1);
    TimesView view = times.read();
    assertEquals(2 * 1_234_567 + 7, view.sumNs());
    assertEquals(1_234_567, view.maxNs());
    assertEquals(1_234_567, view.percentileNs(100));
  }

  @Test
  void whatCameInAnIntervalIsTheDifference() {
    times.record(5_000_000, 10);
    TimesView before = times.read();
    times.record(1_000, 3);
    TimesView since = times.read().since(before);
    assertEquals(3, since.count());
    assertEquals(3_000, since.sumNs());
    assertTrue(since.maxNs() < 1_010, "the longest of the interval is " + since.maxNs());
  }

  @Test
  void severalThreadsLoseNothing() throws InterruptedException {
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      long ns = 1_000L * (i + 1);
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int each = 0; each < 20_000; each++) {
                      times.recordShared(ns, 1);
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(80_000, times.read().count());
    assertEquals(20_000L * 10_000, times.read().sumNs());
  }
}
