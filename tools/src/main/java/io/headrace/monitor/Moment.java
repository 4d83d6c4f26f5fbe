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
 * @param stages the times of frames in each stage since the start, in the order of the stages
 * @param proxied the same for what connections of mode proxy wait for
 */
public record Moment(
    long atNs,
    Directory directory,
    Counts counts,
    Map<String, TimesView> stages,
    Map<String, TimesView> proxied,
    List<DistinctError> errors) {
  private static final Map<Metric, String> PROXIED =
      Map.of(
          Metric.ACCEPT_TIME, "accept",
          Metric.CONNECT_TIME, "connect",
          Metric.FIRST_BYTE_TIME, "first byte",
          Metric.CONNECTION_TIME, "connection");

  /** Now. */
  public static Moment of(CountersView view) {
    Map<String, TimesView> stages = new LinkedHashMap<>();
    Map<String, TimesView> proxied = new LinkedHashMap<>();
    List.of("accept", "connect", "first byte", "connection")
        .forEach(each -> proxied.put(each, TimesView.EMPTY));
    view.times()
        .forEach(
            (name, times) -> {
              if (name.metric() == Metric.STAGE_TIME) {
                stages.merge(name.kind(), times, TimesView::plus);
              } else if (PROXIED.containsKey(name.metric())) {
                proxied.merge(PROXIED.get(name.metric()), times, TimesView::plus);
              }
            });
    return new Moment(
        System.nanoTime(), view.directory(), view.counts(), stages, proxied, view.errors());
  }

  /** What came since another moment. */
  public static Map<String, TimesView> since(
      Map<String, TimesView> earlier, Map<String, TimesView> now) {
    Map<String, TimesView> since = new LinkedHashMap<>();
    now.forEach(
        (stage, times) ->
            since.put(stage, times.since(earlier.getOrDefault(stage, TimesView.EMPTY))));
    return since;
  }
}
