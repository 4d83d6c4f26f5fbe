package io.headrace.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs one command to its end, within a time. Its output goes to files and not to pipes, so that a
 * grandchild that keeps the output open cannot hold up the caller.
 */
final class Command {
  private Command() {}

  /** Starts what was built: {@link ProcessBuilder#start}, or that and a note of it. */
  @FunctionalInterface
  interface Fork {
    Process start(ProcessBuilder command) throws IOException;
  }

  /**
   * @param scratch an existing directory for the output while the command runs
   * @throws TestbedException if the command cannot be started, or does not end in time and was
   *     killed for it
   */
  static Result run(Path scratch, Duration limit, List<String> command) {
    return run(ProcessBuilder::start, scratch, limit, command);
  }

  /** As {@link #run(Path, Duration, List)}, with a start of the caller's own. */
  static Result run(Fork fork, Path scratch, Duration limit, List<String> command) {
    try {
      Path out = Files.createTempFile(scratch, "out", "");
      Path err = Files.createTempFile(scratch, "err", "");
      try {
        Process process =
            fork.start(
                new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile()));
        return new Result(await(process, limit, command), text(out), text(err));
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new TestbedException(
          "cannot run '%s': %s".formatted(String.join(" ", command), e.getMessage()), e);
    }
  }

  private static int await(Process process, Duration limit, List<String> command) {
    boolean ended = false;
    try {
      ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException(
          "interrupted while '%s' ran".formatted(String.join(" ", command)), e);
    } finally {
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
    if (!ended) {
      throw new TestbedException(
          "'%s' did not end within %.1f s and was killed"
              .formatted(String.join(" ", command), limit.toMillis() / 1e3));
    }
    return process.exitValue();
  }

  /** What has been written so far; bytes that are not UTF-8 become replacement characters. */
  static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
