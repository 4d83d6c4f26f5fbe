package io.headrace.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An agent on each server, which says how that is: HAProxy's agent check.
 *
 * @param port where it listens on the server
 * @param interval between the starts of two questions
 * @param timeout after which it has not answered
 * @param send what it is told first
 */
public record AgentConfig(int port, Duration interval, Duration timeout, Optional<Payload> send) {
  private static final Key<Integer> PORT =
      Key.required("port", Types.integer(1, 65535), "9999", "where it listens on the server");

  private static final Key<Duration> INTERVAL =
      Key.of(
          "interval",
          Types.duration(Duration.ofMillis(100)),
          Duration.ofSeconds(2),
          "\"5s\"",
          "between the starts of two questions");

  private static final Key<Duration> TIMEOUT =
      Key.of(
          "timeout",
          Types.duration(Duration.ofMillis(1)),
          Duration.ofSeconds(2),
          "\"500ms\"",
          "an agent that has not answered by then is asked again later");

  private static final Key<Payload> SEND =
      Key.optional(
          "send",
          Types.text("a text, or \"hex:\" and digits", Payload::parse, Payload::text),
          "nothing",
          "\"state?\\n\"",
          "what it is told first");

  static final Key<Section> TABLE =
      Key.optional(
          "agent_check",
          Types.table(List.of(PORT, INTERVAL, TIMEOUT, SEND)),
          "",
          "",
          "an agent on each server, as HAProxy's: it says a weight (`75%`), `up`, `down`, `drain`,"
              + " `maint` or `ready`");

  static Optional<AgentConfig> read(Section backend) {
    return backend
        .find(TABLE)
        .map(Located::value)
        .flatMap(
            section ->
                section
                    .find(PORT)
                    .map(
                        port ->
                            new AgentConfig(
                                port.value(),
                                section.get(INTERVAL),
                                section.get(TIMEOUT),
                                section.find(SEND).map(Located::value))));
  }
}
