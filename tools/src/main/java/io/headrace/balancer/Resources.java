package io.headrace.balancer;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is open, to be closed in reverse order. Any thread. */
final class Resources {
  private static final Logger LOG = LoggerFactory.getLogger(Resources.class);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  synchronized <T extends AutoCloseable> T open(T resource) {
    opened.push(resource);
    return resource;
  }

  /**
   * Closes all.
   *
   * @return whether all went as it should; if not, the log says what did not
   */
  synchronized boolean closeAll() {
    boolean clean = true;
    while (!opened.isEmpty()) {
      AutoCloseable resource = opened.pop();
      try {
        resource.close();
      } catch (Exception | Error e) {
        LOG.warn("at the stop: {}", e.getMessage());
        clean = false;
      }
    }
    return clean;
  }
}
