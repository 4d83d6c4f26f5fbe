package io.headrace.admin;

import io.headrace.counters.Counts;
import io.headrace.counters.Directory;
import io.headrace.counters.Metric;

/** Whether new connections go to a server. */
public final class ServerState {
  private ServerState() {}

  /**
   * What new connections go by: the data path of frames where that uses the pool, else the checks.
   */
  public static boolean isUp(Directory.Server server, Directory directory, Counts counts) {
    boolean isUp =
        isOfFrames(server.backend(), directory, counts)
            ? counts.sum(Metric.SERVER_UP, server.id()) > 0
            : server.state().isUp();
    return isUp && !server.state().isDraining();
  }

  /** A backend that nobody uses is known to the data path, too. */
  private static boolean isOfFrames(String backend, Directory directory, Counts counts) {
    return counts.has(Metric.FRAMES_RECEIVED)
        && (directory.frontends().stream().noneMatch(each -> each.backend().equals(backend))
            || directory.frontends().stream()
                .anyMatch(each -> each.backend().equals(backend) && each.isOfFrames()));
  }
}
