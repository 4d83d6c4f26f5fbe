package io.headrace.counters;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A histogram of times in nanoseconds, in the counters file. Its buckets are those of HdrHistogram
 * with two digits, so that to record is to add to one number, and a reader copies them into a
 * {@link Histogram}. It only ever grows: what came in an interval is the difference of two copies.
 *
 * <pre>
 *     0  type of its name      4   1 + ordinal of the metric; 0 for none
 *     4  key of its name     112
 *   128  longest               8   nanoseconds
 *   136  sum                   8   nanoseconds
 *   192  counts                8 each, by HdrHistogram's index
 * </pre>
 *
 * <p>Threading: one thread calls {@link #record}, or any call {@link #recordShared}; any reads.
 */
public final class Times {
  /** 13 days; what is longer counts as this. */
  static final long LONGEST_NS = (1L << 50) - 1;

  static final int DIGITS = 2;

  // HdrHistogram for 2 digits: 256 sub-buckets, of which all but the first bucket use the upper
  // half.
  private static final int SUB_BUCKETS = 256;
  private static final int HALF_BITS = 7;
  private static final int BASE = 64 - HALF_BITS - 1;

  static final int TYPE = 0;
  static final int KEY = 4;
  private static final int MAX = 128;
  private static final int SUM = 136;
  private static final int COUNTS = 192;
  private static final int BUCKETS = index(LONGEST_NS) + 1;

  /** Bytes, in whole cache lines. */
  static final int LENGTH = COUNTS + BUCKETS * Long.BYTES;

  private final UnsafeBuffer memory;

  Times(UnsafeBuffer memory) {
    this.memory = memory;
  }

  private static int index(long ns) {
    int bucket = BASE - Long.numberOfLeadingZeros(ns | SUB_BUCKETS - 1);
    return (bucket << HALF_BITS) + (int) (ns >>> bucket);
  }

  private static long lowest(int index) {
    int bucket = Math.max(0, (index >> HALF_BITS) - 1);
    return (long) (index - (bucket << HALF_BITS)) << bucket;
  }

  /**
   * Adds a time. For one thread.
   *
   * @param ns below zero counts as zero
   * @param count how many took this long
   */
  public void record(long ns, long count) {
    long time = Math.clamp(ns, 0, LONGEST_NS);
    int at = COUNTS + index(time) * Long.BYTES;
    memory.putLongRelease(at, memory.getLong(at) + count);
    memory.putLongRelease(SUM, memory.getLong(SUM) + time * count);
    if (time > memory.getLong(MAX)) {
      memory.putLongRelease(MAX, time);
    }
  }

  /**
   * Adds a time. Any thread.
   *
   * @param ns below zero counts as zero
   * @param count how many took this long
   */
  public void recordShared(long ns, long count) {
    long time = Math.clamp(ns, 0, LONGEST_NS);
    memory.getAndAddLong(COUNTS + index(time) * Long.BYTES, count);
    memory.getAndAddLong(SUM, time * count);
    long max;
    do {
      max = memory.getLongVolatile(MAX);
    } while (time > max && !memory.compareAndSetLong(MAX, max, time));
  }

  /** A histogram for what is read. */
  public static Histogram histogram() {
    return new Histogram(1, LONGEST_NS, DIGITS);
  }

  /** All that was recorded since the start. */
  static TimesView read(AtomicBuffer memory) {
    long max = memory.getLongVolatile(MAX);
    long sum = memory.getLongVolatile(SUM);
    Histogram copy = histogram();
    for (int i = 0; i < BUCKETS; i++) {
      long count = memory.getLongVolatile(COUNTS + i * Long.BYTES);
      if (count > 0) {
        copy.recordValueWithCount(lowest(i), count);
      }
    }
    return new TimesView(copy, sum, max);
  }

  /** All that was recorded since the start. */
  public TimesView read() {
    return read(memory);
  }
}
