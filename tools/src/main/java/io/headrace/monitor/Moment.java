package io.headrace.monitor;

import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.DistinctError;
import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a balancer had counted and measured at one moment.
 *
 * @param atNs monotonic
 * @param stages the times of each stage since the start, in the order of the stages
 */
public record Moment(
    long atNs,
    Directory directory,
    Counts counts,
    Map<String, TimesView> stages,
    List<DistinctError> errors) {
  /** Now. */
  public static Moment of(CountersView view) {
    return new Moment(
        System.nanoTime(),
        view.directory(),
        view.counts(),
        view.times(Metric.STAGE_TIME),
        view.errors());
  }

  /** The times of each stage that came since another moment. */
  Map<String, TimesView> stagesSince(Moment earlier) {
    Map<String, TimesView> since = new LinkedHashMap<>();
    stages.forEach(
        (stage, times) -> {
          TimesView before = earlier.stages.get(stage);
          since.put(stage, before == null ? times : times.since(before));
        });
    return since;
  }
}
