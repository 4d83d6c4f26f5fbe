package io.headrace.health;

import io.headrace.registry.Server;
import java.io.IOException;

/** One way to check a server. Any number of threads. */
@FunctionalInterface
interface Check {
  /**
   * Returns when the server is as it should be.
   *
   * @param at where it is checked
   * @param deadline closes what the check has open when its time is over
   * @throws CheckException when it is not; or another IOException, whose message says why
   * @throws NoCheckException when the check could not be made
   */
  void run(Server server, Place at, Deadline deadline) throws IOException, InterruptedException;
}
