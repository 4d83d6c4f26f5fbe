package io.headrace.metrics;

import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import java.util.Arrays;
import org.HdrHistogram.HistogramIterationValue;

/**
 * The buckets that times are told in: 1, 2.5 and 5 of each power of ten. The counters file is much
 * finer; a time counts for the first bucket that it is surely no longer than.
 */
public final class Buckets {
  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  /** For frames, and for what holds them up. */
  private static final long[] SHORT = bounds(US, 100 * MS);

  /** For what a connection waits for. */
  private static final long[] MIDDLE = bounds(50 * US, 10 * S);

  /** For how long a connection is there. */
  private static final long[] LONG = bounds(MS, 100 * 60 * S);

  private Buckets() {}

  /**
   * Times in buckets, which are much smaller than they are.
   *
   * @param counts of each bucket
   * @param sumNs of all of them
   */
  record Filled(long[] counts, long sumNs) {
    /** Both together. */
    Filled plus(Filled other) {
      long[] both = counts.clone();
      for (int i = 0; i < both.length; i++) {
        both[i] += other.counts[i];
      }
      return new Filled(both, sumNs + other.sumNs);
    }
  }

  static Filled fill(TimesView times, long[] bounds) {
    return new Filled(counts(times, bounds), times.sumNs());
  }

  private static long[] bounds(long first, long last) {
    long[] bounds = new long[64];
    int used = 0;
    for (long power = US; power <= last; power *= 10) {
      for (long bound : new long[] {power, power * 5 / 2, power * 5}) {
        if (bound >= first && bound <= last) {
          bounds[used++] = bound;
        }
      }
    }
    return Arrays.copyOf(bounds, used);
  }

  /** The upper bounds of the buckets of a metric in nanoseconds; a last one has none. */
  public static long[] bounds(Metric metric) {
    return switch (metric) {
      case STAGE_TIME, PAUSE_TIME, TO_SERVER_TIME, TO_CLIENT_TIME -> SHORT;
      case CONNECTION_TIME -> LONG;
      default -> MIDDLE;
    };
  }

  /** How many times fall into each of the buckets, and last, how many are longer. */
  public static long[] counts(TimesView times, long[] bounds) {
    long[] counts = new long[bounds.length + 1];
    int bucket = 0;
    for (HistogramIterationValue each : times.histogram().recordedValues()) {
      while (bucket < bounds.length && each.getValueIteratedTo() > bounds[bucket]) {
        bucket++;
      }
      counts[bucket] += each.getCountAddedInThisIterationStep();
    }
    return counts;
  }
}
