package io.headrace.doctor;

/**
 * What a check has found.
 *
 * @param level how bad it is
 * @param text one sentence without its full stop: what is there, or the cause of what is wrong
 * @param mend the command that mends it, or what to do; empty where there is nothing to mend
 */
public record Finding(Level level, String text, String mend) {
  /** How bad it is, worst first. */
  public enum Level {
    /** Connections fail. */
    PROBLEM,
    /** They may fail, or cost more than they have to. */
    WARNING,
    /** It could not be looked at. */
    SKIPPED,
    OK
  }

  static Finding problem(String cause, String mend) {
    return new Finding(Level.PROBLEM, cause, mend);
  }

  static Finding warning(String cause, String mend) {
    return new Finding(Level.WARNING, cause, mend);
  }

  static Finding skipped(String why) {
    return new Finding(Level.SKIPPED, why, "");
  }

  static Finding ok(String text) {
    return new Finding(Level.OK, text, "");
  }
}
