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
import java.util.TreeMap;

/**
 * What a balancer had counted and measured at one moment.
 *
 * @param atNs monotonic
 * @param stages the times of frames in each stage since the start, in the order of the stages
 * @param proxied the same for what connections of mode proxy wait for
 * @param pauses the same for what the JVM stopped all threads for
 */
public record Moment(
    long atNs,
    Directory directory,
    Counts counts,
    Map<String, TimesView> stages,
    Map<String, TimesView> proxied,
    Map<String, TimesView> pauses,
    List<DistinctError> errors) {
  /** In the order in which they are shown. */
  private static final List<Metric> PROXIED =
      List.of(
          Metric.ACCEPT_TIME,
          Metric.CONNECT_TIME,
          Metric.FIRST_BYTE_TIME,
          Metric.TO_SERVER_TIME,
          Metric.TO_CLIENT_TIME,
          Metric.CONNECTION_TIME);

  /** Such as {@code first byte}. */
  private static String proxied(Metric time) {
    return time.label().replace("_time", "").replace('_', ' ');
  }

  /** Now. */
  public static Moment of(CountersView view) {
    Map<String, TimesView> stages = new LinkedHashMap<>();
    Map<String, TimesView> proxied = new LinkedHashMap<>();
    Map<String, TimesView> pauses = new TreeMap<>();
    PROXIED.forEach(each -> proxied.put(proxied(each), TimesView.EMPTY));
    view.readTimes(
        (name, times) -> {
          if (name.metric() == Metric.STAGE_TIME) {
            stages.merge(name.kind(), times, TimesView::plus);
          } else if (PROXIED.contains(name.metric())) {
            proxied.merge(proxied(name.metric()), times, TimesView::plus);
          } else if (name.metric() == Metric.PAUSE_TIME) {
            pauses.put(name.kind(), times);
          }
        });
    return new Moment(
        System.nanoTime(), view.directory(), view.counts(), stages, proxied, pauses, view.errors());
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
