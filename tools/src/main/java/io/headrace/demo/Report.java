package io.headrace.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the demo has found.
 *
 * @param options that it was run with
 * @param latency with all servers up
 * @param outage of a server
 * @param restart of the balancer
 * @param flatOut requests a second
 * @param stages times at the rate of the latency phase
 * @param frames over the whole demo
 * @param log what the balancer said last
 */
public record Report(
    DemoOptions options,
    LatencyPhase.Result latency,
    Outage outage,
    Restart restart,
    FlatOutPhase.Result flatOut,
    List<BalancerStats.Stage> stages,
    BalancerStats frames,
    List<String> log) {

  /** What must not be, a line each; empty when the demo has gone well. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    problem(problems, "with all servers up", latency.kept().headrace().errors());
    problem(problems, "with all servers up", latency.fresh().headrace().errors());
    problem(problems, "on the straight path", latency.kept().straight().errors());
    problem(problems, "on the straight path", latency.fresh().straight().errors());
    latency.shares().stream()
        .filter(share -> share.connections() == 0)
        .forEach(share -> problems.add(share.server() + " got no connection while all were up"));
    problem(
        problems,
        "that the stop of " + outage.server() + " does not explain",
        outage.unexplained());
    if (outage.servedAgain() == 0) {
      problems.add(outage.server() + " got no requests after its return");
    }
    restart.failures().forEach(failure -> problems.add("download over the restart: " + failure));
    problem(problems, "over the restart", restart.kept().errors());
    problem(problems, "over the restart", restart.fresh().errors());
    problem(problems, "connections kept, straight", flatOut.kept().straight());
    problem(problems, "connections kept, through Headrace", flatOut.kept().headrace());
    problem(problems, "a connection each, straight", flatOut.fresh().straight());
    problem(problems, "a connection each, through Headrace", flatOut.fresh().headrace());
    return problems;
  }

  /** Prints for a person. */
  public void print(PrintStream out) {
    new ReportText(this, out).print();
  }

  /** The same as JSON. */
  public String json() throws IOException {
    return ReportJson.of(this);
  }

  private static void problem(List<String> problems, String when, Map<Fault, Long> errors) {
    if (!errors.isEmpty()) {
      problems.add("errors " + when + ": " + Summary.describe(errors));
    }
  }

  private static void problem(List<String> problems, String what, Wrk run) {
    if (!run.problem().isEmpty()) {
      problems.add("flat out, %s: %s".formatted(what, run.problem()));
    }
  }
}
