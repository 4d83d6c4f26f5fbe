package io.headrace.upgrade;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those that drain, the oldest first; a few at most, as each keeps its memory. Any thread. */
final class OldProcesses {
  private static final Logger LOG = LoggerFactory.getLogger(OldProcesses.class);
  private static final int MOST = 3;

  private final List<OldProcess> draining;

  OldProcesses(List<OldProcess> draining) {
    this.draining = new ArrayList<>(draining);
  }

  synchronized List<OldProcess> alive() {
    draining.removeIf(each -> !each.isAlive());
    return List.copyOf(draining);
  }

  /** Ends the oldest of too many. */
  synchronized void bound() {
    List<OldProcess> alive = alive();
    for (OldProcess each : alive.subList(0, Math.max(0, alive.size() - MOST))) {
      LOG.warn(
          "{} processes of before still have connections: the oldest, {}, is ended",
          alive.size(),
          each.pid());
      each.end();
      draining.remove(each);
    }
  }
}
