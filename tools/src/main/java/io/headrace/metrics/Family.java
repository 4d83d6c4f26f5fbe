package io.headrace.metrics;

import io.headrace.counters.TimesView;
import io.headrace.metrics.Source.Type;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One of Prometheus' metrics while it is collected. What comes for the same labels adds up: workers
 * count for themselves. For one thread.
 */
final class Family {
  private final MetricMetadata metadata;
  private final Type type;
  private final double scale;
  private final double[] upperBounds;
  private final long[] bounds;
  private final Map<Labels, Double> values = new LinkedHashMap<>();
  private final Map<Labels, Buckets.Filled> times = new LinkedHashMap<>();

  Family(Source source) {
    Unit unit = source.unit().orElse(null);
    metadata = new MetricMetadata(source.family(), source.help(), unit);
    type = source.type();
    scale = Unit.SECONDS.equals(unit) ? Unit.nanosToSeconds(1) : 1;
    bounds = Buckets.bounds(source.metric());
    upperBounds =
        Arrays.copyOf(
            Arrays.stream(bounds).mapToDouble(Unit::nanosToSeconds).toArray(), bounds.length + 1);
    upperBounds[bounds.length] = Double.POSITIVE_INFINITY;
  }

  /** Adds a counter of the counters file. */
  void add(Labels labels, long value) {
    values.merge(labels, value * scale, Double::sum);
  }

  /** Adds a histogram of the counters file. */
  void add(Labels labels, TimesView view) {
    times.merge(labels, Buckets.fill(view, bounds), Buckets.Filled::plus);
  }

  boolean isEmpty() {
    return values.isEmpty() && times.isEmpty();
  }

  MetricSnapshot snapshot() {
    return switch (type) {
      case COUNTER ->
          new CounterSnapshot(
              metadata,
              values.entrySet().stream()
                  .map(
                      each -> new CounterDataPointSnapshot(each.getValue(), each.getKey(), null, 0))
                  .toList());
      case GAUGE ->
          new GaugeSnapshot(
              metadata,
              values.entrySet().stream()
                  .map(each -> new GaugeDataPointSnapshot(each.getValue(), each.getKey(), null))
                  .toList());
      case HISTOGRAM ->
          new HistogramSnapshot(
              metadata,
              times.entrySet().stream()
                  .map(each -> histogram(each.getKey(), each.getValue()))
                  .toList());
    };
  }

  private HistogramDataPointSnapshot histogram(Labels labels, Buckets.Filled filled) {
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(upperBounds, filled.counts()))
        .sum(Unit.nanosToSeconds(filled.sumNs()))
        .labels(labels)
        .build();
  }
}
