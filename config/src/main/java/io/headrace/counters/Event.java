package io.headrace.counters;

import java.util.Locale;

/**
 * Something that kept frames or connections waiting.
 *
 * @param startNs monotonic: {@link System#nanoTime} is the same in all processes of a machine
 * @param where the thread that stalled, or what the JVM stopped all threads for
 */
public record Event(Kind kind, long startNs, long durationNs, String where) {
  /** What it was. */
  public enum Kind {
    /** A duty cycle that took a millisecond or more. */
    STALL,
    /** The JVM stopped all threads: to collect garbage, or at another safepoint. */
    PAUSE;

    /** The name in JSON. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
