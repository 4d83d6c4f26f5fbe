package io.headrace.demo;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What became of the requests of some clients. Safe for several threads. */
final class Tally {
  private final Map<String, LongAdder> byServer = new ConcurrentHashMap<>();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final Histogram latency = new ConcurrentHistogram(3);

  /**
   * A request that failed.
   *
   * @param beganNs when, by the monotonic clock
   * @param message for a person
   */
  record Failure(long beganNs, Fault fault, String message) {}

  /** Counts a right answer. */
  void answered(String server) {
    byServer.computeIfAbsent(server, absent -> new LongAdder()).increment();
  }

  /** The time of a right answer. */
  void took(long latencyNs) {
    latency.recordValue(latencyNs);
  }

  void failed(Failure failure) {
    failures.add(failure);
  }

  /** Right answers from one server. */
  long answeredBy(String server) {
    LongAdder count = byServer.get(server);
    return count == null ? 0 : count.sum();
  }

  long answered() {
    return byServer.values().stream().mapToLong(LongAdder::sum).sum();
  }

  List<Failure> failures() {
    return List.copyOf(failures);
  }

  /** The sum so far. */
  Summary summary() {
    Histogram settled = latency.copy();
    return new Summary(
        answered() + failures.size(),
        byFault(failures()),
        settled.getValueAtPercentile(50),
        settled.getValueAtPercentile(99),
        settled.getValueAtPercentile(99.9),
        settled.getMaxValue());
  }

  static Map<Fault, Long> byFault(List<Failure> failures) {
    Map<Fault, Long> counts = new EnumMap<>(Fault.class);
    failures.forEach(failure -> counts.merge(failure.fault(), 1L, Long::sum));
    return counts;
  }
}
