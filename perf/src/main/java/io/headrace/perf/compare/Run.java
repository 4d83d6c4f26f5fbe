package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.TestbedException;
import java.util.Optional;

/**
 * A service and the forwarder that carries it.
 *
 * @param program the forwarder's, where it has one
 * @param warmup seconds of load before the measured ones
 * @param seconds measured
 */
record Run(
    Service service, Forwarder forwarder, Optional<HostProcess> program, int warmup, int seconds) {

  Host client() {
    return service.bed().client();
  }

  /** The address that the client uses. */
  String target() {
    return forwarder.target(service);
  }

  /** How many servers take part. */
  int servers() {
    return forwarder.spread(service);
  }

  /**
   * @throws TestbedException when the forwarder's program has ended
   */
  void requireProgram() {
    program
        .filter(started -> !started.isAlive())
        .ifPresent(
            ended -> {
              throw new TestbedException("it ended: " + lastLine(ended));
            });
  }

  private static String lastLine(HostProcess ended) {
    return ended.output().lines().reduce((_, last) -> last).orElse("it said nothing");
  }
}
