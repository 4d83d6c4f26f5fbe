package io.headrace.perf.soak;

import io.headrace.io.FrameIoException;
import io.headrace.testbed.Prerequisites;
import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** One of the long runs, with its options. Figures and verdict go to standard output. */
abstract class LongRun implements Callable<Integer> {
  /**
   * With which what must come is waited for. After an outage, TCP sends again when as much time has
   * passed once more; on a busy machine a start takes long.
   */
  static final Duration PATIENCE = Duration.ofSeconds(170);

  private static final int SHOWN = 20;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this.")
  private boolean help;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all that is random, to run it again. Default: another one each time")
  private Long seed;

  /** What it is called in the command line. */
  abstract String name();

  /** The smallest of its numbers. */
  abstract double least();

  /**
   * Runs it, and prints figures as it goes.
   *
   * @return what was lost or wrong, a line each
   */
  abstract List<String> run(SplittableRandom random);

  @Override
  public final Integer call() {
    if (least() <= 0) {
      throw new ParameterException(spec.commandLine(), "a number that is to be above 0 is not");
    }
    List<String> missing = Prerequisites.missing();
    if (!missing.isEmpty()) {
      missing.forEach(each -> System.err.println("headrace: missing: " + each));
      return ExitCode.SOFTWARE;
    }
    List<String> problems = judge();
    problems.stream().limit(SHOWN).forEach(each -> say("! %s", each));
    if (problems.size() > SHOWN) {
      say("! and %d more", problems.size() - SHOWN);
    }
    say(problems.isEmpty() ? "PASSED" : "FAILED");
    return problems.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private List<String> judge() {
    long chosen = seed == null ? System.nanoTime() : seed;
    say("seed %d", chosen);
    try {
      return run(new SplittableRandom(chosen));
    } catch (TestbedException | FrameIoException e) {
      return List.of(e.getMessage().strip());
    }
  }

  /** Prints a line. */
  final void say(String format, Object... arguments) {
    System.out.println(name() + ": " + String.format(Locale.ROOT, format, arguments));
  }
}
