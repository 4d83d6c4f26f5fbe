package io.headrace.counters;

import java.time.Instant;

/**
 * A kind of error, which may have occurred often.
 *
 * @param text with the stack trace
 */
public record DistinctError(long count, Instant first, Instant last, String text) {
  /** For a person: its type and message. */
  public String headline() {
    return text.lines().findFirst().orElse("");
  }
}
