package io.headrace.balancer;

import io.headrace.forward.Reason;
import io.headrace.forward.Verdict;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts by reason in a line of the log, by the names that {@code /stats} has for them. */
final class ReasonCounts {
  private ReasonCounts() {}

  /** Those of one verdict; {@code none} when there are none. */
  static String of(Map<Reason, Long> refused, Verdict verdict) {
    String counts =
        refused.entrySet().stream()
            .filter(each -> each.getKey().verdict() == verdict)
            .map(each -> each.getValue() + " " + each.getKey().label())
            .collect(Collectors.joining(", "));
    return counts.isEmpty() ? "none" : counts;
  }
}
