package io.headrace.proxy;

import io.headrace.health.OpenFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections this process may have for its limit of open files (RLIMIT_NOFILE, {@code
 * ulimit -n}). What is beyond is refused, so that health checks, statistics and the configuration
 * always have the few that they need. Any thread.
 */
final class Descriptors {
  private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
  private static final int RESERVED = 512;
  private static final int EACH = 2;
  private static final long REMIND_NS = 10_000_000_000L;

  private final Limit connections = new Limit();
  private final int openFiles;
  private volatile long toldNs = System.nanoTime() - REMIND_NS;

  /**
   * @param openFiles the limit
   */
  Descriptors(int openFiles) {
    this.openFiles = openFiles;
    connections.most((openFiles - Math.min(RESERVED, openFiles / 4)) / EACH);
  }

  /** Those that the process has. */
  static Descriptors ofProcess() {
    return new Descriptors(OpenFiles.limit());
  }

  /** Takes what a connection needs, if it is there. */
  boolean take() {
    boolean taken = connections.take();
    long now = System.nanoTime();
    if (!taken && now - toldNs >= REMIND_NS) {
      toldNs = now;
      LOG.warn(
          "connections are refused: the limit of {} open files is reached; raise it (ulimit -n,"
              + " LimitNOFILE=)",
          openFiles);
    }
    return taken;
  }

  /** Gives it back. */
  void give() {
    connections.give();
  }
}
