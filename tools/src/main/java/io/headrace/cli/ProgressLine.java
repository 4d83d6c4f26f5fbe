package io.headrace.cli;

import io.headrace.replay.Replay;

/**
 * A line on standard error that tells how far long work is; short work shows none, and a file that
 * is logged to, one line a step.
 */
final class ProgressLine implements Replay.Progress {
  private static final long FIRST_AFTER_NS = 1_000_000_000L;
  private static final long EVERY_NS = 500_000_000L;
  private static final String SECONDS = "s";

  private final String work;
  private final String unit;
  private final boolean terminal = Terminal.isStandardError();
  private final long start = System.nanoTime();
  private long next = start + FIRST_AFTER_NS;
  private boolean shown;
  private boolean ended;

  ProgressLine(String work, String unit) {
    this.work = work;
    this.unit = unit;
  }

  /** Of work that takes the time that it is given: how fast it goes says nothing. */
  static ProgressLine ofTime(String work) {
    return new ProgressLine(work, SECONDS);
  }

  @Override
  public void at(long done, long of) {
    long now = System.nanoTime();
    if (ended || now - next < 0 && !(shown && done == of)) {
      return;
    }
    ended = done == of;
    next = now + EVERY_NS;
    shown = true;
    double rate = done * 1e9 / (now - start);
    System.err.printf(
        "%s%s: %,d of %,d %s (%d %%)%s%s",
        terminal ? "\r" : "",
        work,
        done,
        of,
        unit,
        of == 0 ? 100 : 100 * done / of,
        unit.equals(SECONDS) ? "" : ", %,.0f a second".formatted(rate),
        terminal && done < of ? "" : System.lineSeparator());
  }
}
