package io.headrace.counters;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The values of all counters at about one moment.
 *
 * @param values in the order in which the counters were made; not to be changed
 */
public record Counts(Map<Name, Long> values) {
  /** Of a metric: over all workers, kinds, frontends and servers. */
  public long sum(Metric metric) {
    return sum(name -> name.metric() == metric);
  }

  /** Of a metric of one frontend or server: over all workers and kinds. */
  public long sum(Metric metric, int id) {
    return sum(name -> name.metric() == metric && name.id() == id);
  }

  private long sum(Predicate<Name> wanted) {
    return values.entrySet().stream()
        .filter(each -> wanted.test(each.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Of a metric by kind: over all workers, frontends and servers. */
  public Map<String, Long> byKind(Metric metric) {
    return byKind(name -> name.metric() == metric);
  }

  /** Of a metric of one frontend or server by kind. */
  public Map<String, Long> byKind(Metric metric, int id) {
    return byKind(name -> name.metric() == metric && name.id() == id);
  }

  private Map<String, Long> byKind(Predicate<Name> wanted) {
    Map<String, Long> sums = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (wanted.test(name)) {
            sums.merge(name.kind(), value, Long::sum);
          }
        });
    return sums;
  }

  /** Whether a metric is counted at all: a balancer without passthrough has no frames. */
  public boolean has(Metric metric) {
    return values.keySet().stream().anyMatch(name -> name.metric() == metric);
  }

  public boolean has(Metric metric, int id) {
    return values.keySet().stream().anyMatch(name -> name.metric() == metric && name.id() == id);
  }
}
