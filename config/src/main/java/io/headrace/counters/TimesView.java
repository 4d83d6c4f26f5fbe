package io.headrace.counters;

import org.HdrHistogram.Histogram;

/**
 * Times that were recorded, at one moment.
 *
 * @param histogram in nanoseconds; not to be changed
 * @param sumNs of all of them, exact
 * @param maxNs the longest since the start, exact
 */
public record TimesView(Histogram histogram, long sumNs, long maxNs) {
  /** Of nothing. */
  public static final TimesView EMPTY = new TimesView(Times.histogram(), 0, 0);

  public long count() {
    return histogram.getTotalCount();
  }

  /** Nanoseconds; 0 when there are none. */
  public double meanNs() {
    return count() == 0 ? 0 : (double) sumNs / count();
  }

  /** Nanoseconds, within one part in a hundred. */
  public long percentileNs(double percentile) {
    return Math.min(histogram.getValueAtPercentile(percentile), maxNs);
  }

  /** Both together. */
  public TimesView plus(TimesView other) {
    Histogram both = histogram.copy();
    both.add(other.histogram);
    return new TimesView(both, sumNs + other.sumNs, Math.max(maxNs, other.maxNs));
  }

  /**
   * What came since.
   *
   * @param earlier a view of the same times
   */
  public TimesView since(TimesView earlier) {
    Histogram difference = histogram.copy();
    difference.subtract(earlier.histogram);
    long longest =
        maxNs > earlier.maxNs
            ? maxNs
            : difference.getTotalCount() == 0 ? 0 : Math.min(difference.getMaxValue(), maxNs);
    return new TimesView(difference, sumNs - earlier.sumNs, longest);
  }
}
