package io.headrace.perf.compare;

import io.headrace.testbed.Testbed;
import java.util.List;

/** What a client does over each of the forwarders, and what is measured of it. */
interface Workload {
  List<Figure> figures();

  /** Starts what the servers need. */
  Service prepare(Testbed bed);

  /**
   * Makes sure of right answers, warms up, and measures.
   *
   * @throws io.headrace.testbed.TestbedException when anything goes wrong
   */
  Sample measure(Run run);
}
