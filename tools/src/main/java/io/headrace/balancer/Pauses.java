package io.headrace.balancer;

import io.headrace.counters.Counters;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the pauses of the JVM, those of the garbage collector and all others, so that a long time
 * in a stage has a name. For one thread.
 */
final class Pauses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pauses.class);

  private final Counters counters;

  private Optional<PauseLog> log = Optional.empty();
  private boolean asked;

  Pauses(Counters counters) {
    this.counters = counters;
  }

  /** Looks at what there has been since the last time; the first look begins. */
  void look() {
    try {
      if (!asked) {
        // Not before: to ask the JVM takes a while, which the start has not.
        asked = true;
        log = Optional.of(new PauseLog());
      }
      if (log.isPresent()) {
        log.get().read(this::keep);
      }
    } catch (IOException e) {
      LOG.warn("pauses of the JVM are not counted: {}", e.getMessage());
    }
  }

  private void keep(PauseLog.Pause pause) {
    counters
        .times(Name.of(Metric.PAUSE_TIME).kind(pause.operation()))
        .record(pause.durationNs(), 1);
    counters
        .events()
        .add(new Event(Event.Kind.PAUSE, pause.startNs(), pause.durationNs(), pause.operation()));
  }

  @Override
  public void close() throws IOException {
    if (log.isPresent()) {
      log.get().close();
    }
  }
}
