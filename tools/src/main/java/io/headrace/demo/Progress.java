package io.headrace.demo;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Tells a person where the demo is: a line a phase, which moves on a terminal and is written once
 * it is over elsewhere. For one thread.
 */
public final class Progress {
  private final PrintStream out;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private String phase = "";

  /**
   * @param terminal whether a line may be written over
   */
  public Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void begin(String name) {
    phase = name;
    now("...");
  }

  /** What is true at this moment. */
  void now(String news) {
    if (terminal) {
      out.print(line(news));
      out.flush();
    }
  }

  /** The phase is over, and this came of it. */
  void end(String result) {
    out.println(line(result));
  }

  /** The longest of lines stays on one row: clear to its end, then write (ECMA-48, EL). */
  private String line(String text) {
    double seconds = (System.nanoTime() - start) / 1e9;
    String line = String.format(Locale.ROOT, "[%4.1f s] %-10s %s", seconds, phase, text);
    return terminal ? "\r\033[K" + line : line;
  }
}
