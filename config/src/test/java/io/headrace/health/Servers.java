package io.headrace.health;

import io.headrace.config.Address;
import io.headrace.registry.Server;
import io.headrace.schedule.LiveFlows;

/** A server for tests that do not look at it. */
final class Servers {
  static final Server ANY =
      new Server(0, "pool", "one", Address.parse("127.0.0.1:1"), 1, 100, new LiveFlows());

  private Servers() {}
}
