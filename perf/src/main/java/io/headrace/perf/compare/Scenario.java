package io.headrace.perf.compare;

import java.util.List;

/** One thing that is measured, the same way for every contestant. */
interface Scenario {
  /** For the command line. */
  String name();

  /** What is measured, in a line. */
  String description();

  /** What it finds; the first is what it is about: it is drawn, and divided by that of peers. */
  List<Figure> figures();

  /** In the order in which they are shown. */
  List<String> contestants();

  /** The contestants of {@link #contestants} that others are compared to. */
  List<String> peers();

  /**
   * Runs one contestant on a network of its own, and leaves nothing of either.
   *
   * @throws io.headrace.testbed.TestbedException when anything is not as it should be: what is
   *     measured then would mean nothing
   */
  Sample measure(String contestant, Timing timing);
}
