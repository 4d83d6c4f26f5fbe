package io.headrace.proxying;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A program on this machine, which ends with the test. */
final class LocalProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Path output;

  LocalProgram(Path directory, List<String> command) throws IOException {
    output = Files.createTempFile(directory, "output", ".txt");
    process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
  }

  /** Runs one to its end, which has to be a success, and returns what it said. */
  static String run(Path directory, String... command) throws IOException {
    try (LocalProgram program = new LocalProgram(directory, List.of(command))) {
      int status = program.awaitEnd();
      if (status != 0) {
        fail(command[0] + " ended with " + status + ": " + program.output());
      }
      return program.output();
    }
  }

  String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitOutput(String text) {
    await("it says " + text, () -> output().contains(text) || !process.isAlive(), this::output);
    if (!output().contains(text)) {
      fail("it ended: " + output());
    }
  }

  static void await(String what, BooleanSupplier condition, Supplier<String> otherwise) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("within " + PATIENCE.toSeconds() + " s, " + what + ": " + otherwise.get());
      }
      pause(10);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** Any other signal, by its name without SIG. */
  void signal(String name) throws IOException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end, and returns its exit status. */
  int awaitEnd() {
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        fail("it still runs: " + output());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitEnd();
  }
}
