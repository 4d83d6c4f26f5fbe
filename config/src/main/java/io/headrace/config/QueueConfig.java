package io.headrace.config;

import java.time.Duration;
import java.util.List;

/**
 * Where connections wait that a limit keeps from going on.
 *
 * @param size how many may wait; those beyond are refused
 * @param timeout how long one may wait
 */
public record QueueConfig(int size, Duration timeout) {
  /** Where the file says nothing. */
  public static final QueueConfig DEFAULT = new QueueConfig(1000, Duration.ofSeconds(5));

  private static final Key<Integer> SIZE =
      Key.of(
          "queue_size",
          Types.integer(0, 1_000_000),
          DEFAULT.size,
          "200",
          "how many connections beyond the limit wait; the rest are reset");

  private static final Key<Duration> TIMEOUT =
      Key.of(
          "queue_timeout",
          Types.duration(Duration.ofMillis(1)),
          DEFAULT.timeout,
          "\"2s\"",
          "how long one waits before it is reset");

  static final List<Key<?>> KEYS = List.of(SIZE, TIMEOUT);

  static QueueConfig read(Section section) {
    return new QueueConfig(section.get(SIZE), section.get(TIMEOUT));
  }
}
