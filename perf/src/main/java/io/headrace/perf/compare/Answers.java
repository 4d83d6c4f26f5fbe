package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks for the name of the server, which is the answer to {@code /}, before there is load. */
final class Answers {
  private static final long START_LIMIT_NS = Duration.ofSeconds(15).toNanos();
  private static final int REFUSED = 7;
  private static final int MOST_QUESTIONS = 64;

  private Answers() {}

  /**
   * Returns when every server that should take part has answered.
   *
   * @throws TestbedException when one does not, or anything else does
   */
  static void require(Run run) {
    Set<String> names =
        run.service().servers().stream().map(Host::name).collect(Collectors.toSet());
    Set<String> seen = new HashSet<>();
    awaitOpen(run);
    for (int i = 0; i < MOST_QUESTIONS && seen.size() < run.servers(); i++) {
      Result answer = ask(run);
      String body = answer.out().strip();
      if (!answer.ok() || !names.contains(body)) {
        throw new TestbedException(
            "wrong answer (curl ends with %d): %s".formatted(answer.exit(), answer));
      }
      seen.add(body);
    }
    if (seen.size() < run.servers()) {
      throw new TestbedException("%d connections all went to %s".formatted(MOST_QUESTIONS, seen));
    }
  }

  private static void awaitOpen(Run run) {
    long end = System.nanoTime() + START_LIMIT_NS;
    while (ask(run).exit() == REFUSED) {
      run.requireProgram();
      if (System.nanoTime() - end > 0) {
        throw new TestbedException("nobody listens on " + run.target());
      }
    }
  }

  private static Result ask(Run run) {
    return run.client()
        .run(
            "curl",
            "-sS",
            "--max-time",
            "5",
            "http://%s:%d/".formatted(run.target(), run.service().port()));
  }
}
