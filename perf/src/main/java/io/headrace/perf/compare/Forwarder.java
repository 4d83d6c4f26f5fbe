package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.util.Optional;

/** A way from the client to the servers. */
interface Forwarder {
  String name();

  boolean carries(Protocol protocol);

  /** Whether it is what the others are there to be compared to. */
  default boolean isHeadrace() {
    return false;
  }

  /** The address that clients use on this way. */
  default String target(Service service) {
    return service.address();
  }

  /** How many servers take part. */
  default int spread(Service service) {
    return service.servers().size();
  }

  /**
   * Starts it; the end of the testbed stops it.
   *
   * @return the program, where there is one
   */
  Optional<HostProcess> start(Service service);
}
