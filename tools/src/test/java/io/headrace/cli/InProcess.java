package io.headrace.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs one of the commands within the test's process, and keeps what it says, on standard output
 * and standard error alike. A test registers it.
 */
final class InProcess implements BeforeEachCallback, AfterEachCallback {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private final String command;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final PrintStream standardOutput = System.out;
  private final PrintStream standardError = System.err;

  InProcess(String command) {
    this.command = command;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    System.setErr(System.out);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    System.setOut(standardOutput);
    System.setErr(standardError);
  }

  /** Returns the exit status. */
  int run(String... arguments) {
    return Headrace.execute(
        Stream.concat(Stream.of(command), Stream.of(arguments)).toArray(String[]::new));
  }

  /** Since the start, or since {@link #forget}. */
  String said() {
    return output.toString(StandardCharsets.UTF_8);
  }

  void forget() {
    output.reset();
  }
}
