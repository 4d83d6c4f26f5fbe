package io.headrace.cli;

import io.headrace.config.ConfigException;
import io.headrace.conntrack.FlowFileException;
import io.headrace.counters.CountersFileException;
import io.headrace.io.FrameIoException;
import io.headrace.link.LinkException;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Tells a person what went wrong, in a line (a configuration: a line an error), and ends with the
 * right exit status.
 */
final class Failures implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    switch (failure) {
      case ConfigException wrong -> {
        System.err.println(wrong.getMessage());
        return ExitCode.USAGE;
      }
      case FlowAnswers.WrongFilterException wrong -> {
        say(wrong.getMessage());
        return ExitCode.USAGE;
      }
      case StandardOutput.GoneException _ -> {}
      case FrameIoException _,
          LinkException _,
          FlowFileException _,
          CountersFileException _,
          TestbedException _,
          CommandFailure _ ->
          say(failure.getMessage());
      case NoSuchFileException missing -> say(missing.getFile() + ": no such file");
      case AccessDeniedException denied -> say(denied.getFile() + ": permission denied");
      case FileSystemException file -> say(file.getMessage());
      case IOException io -> say(io.getMessage());
      default -> sayDefect(failure);
    }
    return ExitCode.SOFTWARE;
  }

  static void sayDefect(Throwable failure) {
    say(
        "this is a defect of headrace, please report it: "
            + failure
            + (failure.getStackTrace().length > 0 ? " at " + failure.getStackTrace()[0] : ""));
  }

  static void say(String message) {
    System.err.println("headrace: " + message);
  }
}
