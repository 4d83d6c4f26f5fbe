package io.headrace.counters;

/** A counters file that cannot be made or read; the message is one line and says which and why. */
public final class CountersFileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CountersFileException(String message) {
    super(message);
  }
}
