package io.headrace.cli;

import io.headrace.libc.CFunction;
import io.headrace.libc.CallState;

/** Whether a person looks on: Java knows it of standard input and output alone, by its console. */
final class Terminal {
  private static final int STANDARD_ERROR = 2;
  private static final CFunction ISATTY = CFunction.named("isatty");

  private Terminal() {}

  static boolean isStandardError() {
    return ISATTY.call(new CallState(), STANDARD_ERROR) == 1;
  }
}
