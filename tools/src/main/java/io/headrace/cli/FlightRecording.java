package io.headrace.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Has another JVM record itself: the JDK's own jcmd asks it to. */
final class FlightRecording {
  private FlightRecording() {}

  /**
   * Starts a recording; it ends by itself.
   *
   * @param file where to; the other process writes it
   * @throws CommandFailure when it cannot be started
   */
  static void start(long pid, int seconds, Path file) throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(jcmd)) {
      throw new CommandFailure("--jfr needs a JDK: there is no " + jcmd);
    }
    Process process =
        new ProcessBuilder(
                jcmd.toString(),
                Long.toString(pid),
                "JFR.start",
                "settings=profile",
                "duration=" + seconds + "s",
                "filename=" + file.toAbsolutePath())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0 || !said.contains("Started recording")) {
      throw new CommandFailure(
          "the balancer's JVM does not record: "
              + said.strip().lines().reduce((_, last) -> last).orElse("it says nothing"));
    }
  }
}
