package io.headrace.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs on a {@link Host} until it is stopped, or until the testbed is closed. Safe
 * for several threads.
 */
public final class HostProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private final String program;
  private final Process process;
  private final Path log;

  HostProcess(String program, Process process, Path log) {
    this.program = program;
    this.process = process;
    this.log = log;
  }

  /** The program's own process id: there is no wrapper between. */
  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it wrote so far, standard output and standard error in one. */
  public String output() {
    try {
      return Command.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until the output contains a text.
   *
   * @throws TestbedException if the program ends without, or the time is over; the message carries
   *     the output
   */
  public void awaitOutput(String text, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (!output().contains(text)) {
      if (!isAlive() && !output().contains(text)) {
        throw new TestbedException(
            "%s ended with status %d: %s"
                .formatted(program, process.exitValue(), output().strip()));
      }
      if (System.nanoTime() > end) {
        throw new TestbedException(
            "%s did not say '%s' within %.1f s: %s"
                .formatted(program, text, limit.toMillis() / 1e3, output().strip()));
      }
      Pause.millis(5);
    }
  }

  /** Waits for the program's own end, and tells whether it came in that time. */
  public boolean endsWithin(Duration limit) {
    return ended(process, limit.toMillis());
  }

  /**
   * Waits for the program's own end.
   *
   * @return its exit status
   * @throws TestbedException if it still runs after that time
   */
  public int await(Duration limit) {
    if (!endsWithin(limit)) {
      throw new TestbedException(
          "%s still runs after %.1f s".formatted(program, limit.toMillis() / 1e3));
    }
    return process.exitValue();
  }

  /** Asks it to end (SIGTERM), and waits for nothing. */
  public void terminate() {
    process.destroy();
  }

  /** Asks it to end (SIGTERM), and kills it if it has not after 5 s. Returns when it is gone. */
  public void stop() {
    stop(process);
  }

  static void stop(Process process) {
    process.destroy();
    if (!ended(process, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))) {
      kill(process);
    }
  }

  /** {@link #stop}, for a try statement. */
  @Override
  public void close() {
    stop();
  }

  /** SIGKILL: the program gets no chance to tidy up. Returns when it is gone. */
  public void kill() {
    kill(process);
  }

  private static void kill(Process process) {
    process.destroyForcibly();
    ended(process, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
  }

  private static boolean ended(Process process, long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted while waiting for the end of a program", e);
    }
  }
}
