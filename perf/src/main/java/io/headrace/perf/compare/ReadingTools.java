package io.headrace.perf.compare;

import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tools that read a counters file, each as a person runs it: {@code stats --watch}, {@code top}
 * on a terminal of its own, and {@code profile}. They read 22 times a second together, most of them
 * {@code profile}.
 */
final class ReadingTools {
  private static final HeadraceProgram HEADRACE = HeadraceProgram.ofThisCheckout();

  private ReadingTools() {}

  /**
   * Starts them, where the calling thread may run.
   *
   * @param folder for what {@code profile} writes
   * @param seconds that they have to go on, at least
   */
  static List<Process> start(Path file, Path folder, int seconds) {
    return List.of(
        start(headrace("stats", "--watch", file.toString())),
        start(
            List.of(
                "script",
                "-qec",
                "stty rows 50 cols 120; TERM=xterm exec "
                    + String.join(" ", headrace("top", file.toString())),
                "/dev/null")),
        start(
            headrace(
                "profile",
                file.toString(),
                "--seconds",
                String.valueOf(seconds + 1),
                "-o",
                folder.toString())));
  }

  private static List<String> headrace(String... arguments) {
    List<String> line = new ArrayList<>(HEADRACE.java());
    line.addAll(List.of(arguments));
    return line;
  }

  private static Process start(List<String> command) {
    try {
      return new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new TestbedException("cannot start a tool: " + e.getMessage(), e);
    }
  }
}
