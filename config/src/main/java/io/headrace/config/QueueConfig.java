package io.headrace.config;

import java.time.Duration;

/**
 * Where connections wait that a limit keeps from going on.
 *
 * @param size how many may wait; those beyond are refused
 * @param timeout how long one may wait
 */
public record QueueConfig(int size, Duration timeout) {
  /** Where the file says nothing. */
  public static final QueueConfig DEFAULT = new QueueConfig(1000, Duration.ofSeconds(5));

  private static final int MOST = 1_000_000;

  /** Reads {@code queue_size} and {@code queue_timeout}. */
  static QueueConfig read(Section section) {
    return new QueueConfig(
        section
            .integer("queue_size", 0, MOST)
            .map(found -> found.value().intValue())
            .orElse(DEFAULT.size),
        section
            .duration("queue_timeout", Duration.ofMillis(1))
            .map(Located::value)
            .orElse(DEFAULT.timeout));
  }
}
