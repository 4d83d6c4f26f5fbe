package io.headrace.pipeline;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what stages fail on, and logs each kind (stage, exception, place) once a second at the
 * most, so that a frame that someone crafted cannot fill a disk.
 */
final class FaultLog {
  private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);
  private static final long QUIET_NS = 1_000_000_000L;
  private static final int MOST_KINDS = 1000;

  private final AtomicCounter count;
  private final Counters counters;
  private final Map<String, Long> loggedAt = new HashMap<>();

  FaultLog(Counters counters) {
    this.count = counters.counter(Name.of(Metric.STAGE_FAULTS));
    this.counters = counters;
  }

  synchronized void add(String stage, Throwable fault) {
    count.increment();
    counters.error(fault);
    StackTraceElement[] trace = fault.getStackTrace();
    String kind =
        stage + ": " + fault.getClass().getName() + (trace.length > 0 ? " at " + trace[0] : "");
    long now = System.nanoTime();
    Long last = loggedAt.get(kind);
    if ((last == null && loggedAt.size() < MOST_KINDS)
        || (last != null && now - last >= QUIET_NS)) {
      loggedAt.put(kind, now);
      LOG.error(
          "stage {} failed and goes on: {} ({} faults so far)",
          kind,
          fault.getMessage(),
          count.get());
    }
  }
}
