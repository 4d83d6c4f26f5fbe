package io.headrace.config;

import io.headrace.config.HealthCheckConfig.At;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Reads how the servers of a backend are checked. */
final class HealthCheckReader {
  private static final HealthCheckConfig DEFAULT = HealthCheckConfig.DEFAULT;

  private static final Key<Duration> CONVEY_INTERVAL =
      interval("health_check_interval", "the same as `health_check.interval`, as Convey has it");

  private static final Key<Duration> INTERVAL =
      interval("interval", "between the starts of two checks of a server");

  private static final Key<Duration> FAST_INTERVAL =
      Key.optional(
          "fast_interval",
          Types.duration(Duration.ofMillis(100)),
          "the interval",
          "\"500ms\"",
          "the same while the last checks speak against the state that a server is in");

  private static final Key<Integer> JITTER =
      Key.of(
          "jitter",
          Types.integer(0, 50),
          DEFAULT.jitter(),
          "10",
          "percent by which an interval may be shorter or longer, so that checks spread");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Types.duration(Duration.ofMillis(1)),
          "2 s, at most the interval",
          "\"500ms\"",
          "a check that got no answer by then has failed");

  private static final Key<Integer> RISE =
      Key.of(
          "rise",
          Types.integer(1, 100),
          DEFAULT.rise(),
          "3",
          "successes in a row that bring a server up");

  private static final Key<Integer> FALL =
      Key.of(
          "fall",
          Types.integer(1, 100),
          DEFAULT.fall(),
          "2",
          "failures in a row that take it down");

  private static final Key<Duration> GRACE =
      Key.of(
          "grace",
          Types.duration(Duration.ZERO),
          DEFAULT.grace(),
          "\"30s\"",
          "how long failures of a new server do not count, unless it has passed a check");

  private static final Key<Integer> PASSIVE =
      Key.of(
          "passive",
          Types.integer(0, 1000),
          DEFAULT.passive(),
          "5",
          "connections of clients in a row that a server refuses, or resets before it has said"
              + " anything, and that take it down; 0 for any number");

  private static final Key<Integer> PORT =
      Key.optional(
          "port",
          Types.integer(1, 65535),
          "the server's",
          "8081",
          "where servers are checked; see also `check_addr` of a server");

  private static final Key<At> AT =
      Key.of(
          "at",
          Types.choice(At.class),
          DEFAULT.at(),
          "\"server\"",
          "where servers of `dsr` `\"l2\"`, `\"ipip\"` and `\"gue\"` are checked. `\"frontend\"`:"
              + " at the frontend's address, by the way that clients' packets go, so that one which"
              + " does not hold that address is down; `\"server\"`: at their own, as all others"
              + " are");

  private static final Key<Section> TABLE =
      Key.optional(
          "health_check",
          Types.table(
              Stream.of(
                      Stream.of(INTERVAL, FAST_INTERVAL, JITTER, TIMEOUT, RISE, FALL, GRACE),
                      Stream.of(PASSIVE, PORT, AT),
                      ProbeReader.KEYS.stream())
                  .<Key<?>>flatMap(keys -> keys)
                  .toList()),
          "",
          "",
          "how servers are checked");

  static final List<Key<?>> KEYS = List.of(CONVEY_INTERVAL, TABLE, AgentConfig.TABLE);

  private HealthCheckReader() {}

  private static Key<Duration> interval(String name, String meaning) {
    return Key.optional(
        name,
        Types.durationOrZero(Duration.ofMillis(100), "no checks"),
        "2 s",
        "\"500ms\"",
        meaning);
  }

  /** Whether the file says how the backend is checked. */
  static boolean isStated(Section backend) {
    return backend.has(TABLE) || backend.has(CONVEY_INTERVAL);
  }

  static HealthCheckConfig read(Section backend) {
    Optional<Located<Duration>> convey = backend.find(CONVEY_INTERVAL);
    Optional<Section> table = backend.find(TABLE).map(Located::value);
    Optional<Located<Duration>> stated =
        table.flatMap(section -> section.find(INTERVAL)).or(() -> convey);
    Duration interval = stated.map(Located::value).orElse(DEFAULT.interval());
    Optional<Located<Duration>> limit = table.flatMap(section -> section.find(TIMEOUT));
    Duration timeout = limit.map(Located::value).orElseGet(() -> defaultTimeout(interval));
    if (!interval.isZero() && timeout.compareTo(interval) > 0) {
      backend.problem(
          limit.orElseThrow(),
          "timeout "
              + DurationText.format(timeout)
              + " is longer than the interval, "
              + DurationText.format(interval)
              + (stated.isEmpty() ? " unless the file gives another" : "")
              + "; a check would not have ended when the next begins");
    }
    Optional<Located<Integer>> passive = table.flatMap(section -> section.find(PASSIVE));
    passive
        .filter(found -> found.value() > 0 && interval.isZero())
        .ifPresent(
            found ->
                backend.problem(
                    found,
                    "passive needs checks, as nothing else would bring a server up again; give an"
                        + " interval that is not 0"));
    return new HealthCheckConfig(
        interval,
        table
            .flatMap(section -> section.find(FAST_INTERVAL))
            .map(Located::value)
            .filter(fast -> fast.compareTo(interval) < 0)
            .orElse(interval),
        table.map(section -> section.get(JITTER)).orElse(DEFAULT.jitter()),
        timeout,
        table.map(section -> section.get(RISE)).orElse(DEFAULT.rise()),
        table.map(section -> section.get(FALL)).orElse(DEFAULT.fall()),
        table.map(section -> section.get(GRACE)).orElse(DEFAULT.grace()),
        passive.map(Located::value).orElse(DEFAULT.passive()),
        table
            .flatMap(section -> section.find(PORT))
            .map(found -> OptionalInt.of(found.value()))
            .orElse(OptionalInt.empty()),
        table.map(section -> section.get(AT)).orElse(DEFAULT.at()),
        table.map(ProbeReader::read).orElse(DEFAULT.probe()),
        AgentConfig.read(backend));
  }

  private static Duration defaultTimeout(Duration interval) {
    Duration usual = DEFAULT.timeout();
    return interval.isZero() || interval.compareTo(usual) > 0 ? usual : interval;
  }
}
