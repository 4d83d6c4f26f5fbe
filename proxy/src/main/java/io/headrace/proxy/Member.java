package io.headrace.proxy;

import io.headrace.registry.Server;

/**
 * A server as the proxy sees it. It outlives changes of the configuration, as its connections do.
 *
 * @param server as it was last configured
 * @param counts what it has carried
 * @param limit connections that it may have at one time
 */
record Member(Server server, ServerCounts counts, Limit limit) {
  /** Takes a place for a connection, if there is one. */
  boolean take() {
    boolean taken = limit.take();
    if (taken) {
      server.flows().opened();
    }
    return taken;
  }

  /** Gives it back. */
  void give() {
    server.flows().closed();
    limit.give();
  }

  /** Whether it has fewer connections for its weight than another. */
  boolean isLessLoadedThan(Member other) {
    return (long) server.flows().count() * other.server.share()
        < (long) other.server.flows().count() * server.share();
  }
}
