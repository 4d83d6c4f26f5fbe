package io.headrace.config;

import java.time.Duration;
import java.util.List;

/** Reads {@code [passthrough.timeouts]}: each key is the name of a state in lower case. */
final class TimeoutsReader {
  private static final Timeouts DEFAULT = Timeouts.DEFAULT;

  private static final Key<Duration> SYN_SENT =
      timeout("syn_sent", DEFAULT.synSent(), "after the client's SYN, until the server answers");
  private static final Key<Duration> SYN_RECEIVED =
      timeout("syn_received", DEFAULT.synReceived(), "until the client acknowledges the answer");
  private static final Key<Duration> ESTABLISHED =
      timeout(
          "established",
          DEFAULT.established(),
          "while both directions are open; below 124 minutes a silent connection with keep-alives may be lost (RFC 5382)");
  private static final Key<Duration> FIN_CLIENT =
      timeout("fin_client", DEFAULT.finClient(), "after the client's FIN");
  private static final Key<Duration> FIN_SERVER =
      timeout("fin_server", DEFAULT.finServer(), "after the server's FIN");
  private static final Key<Duration> TIME_WAIT =
      timeout(
          "time_wait", DEFAULT.timeWait(), "after both, which is also how long the NAT port rests");
  private static final Key<Duration> RESET = timeout("reset", DEFAULT.reset(), "after a RST");
  private static final Key<Duration> UDP_UNREPLIED =
      timeout("udp_unreplied", DEFAULT.udpUnreplied(), "until the server answers");
  private static final Key<Duration> UDP_REPLIED =
      timeout("udp_replied", DEFAULT.udpReplied(), "once it has");

  static final List<Key<?>> KEYS =
      List.of(
          SYN_SENT,
          SYN_RECEIVED,
          ESTABLISHED,
          FIN_CLIENT,
          FIN_SERVER,
          TIME_WAIT,
          RESET,
          UDP_UNREPLIED,
          UDP_REPLIED);

  private TimeoutsReader() {}

  private static Key<Duration> timeout(String state, Duration otherwise, String meaning) {
    return Key.of(state, Types.duration(Duration.ofSeconds(1)), otherwise, "\"90s\"", meaning);
  }

  static Timeouts read(Section section) {
    return new Timeouts(
        section.get(SYN_SENT),
        section.get(SYN_RECEIVED),
        section.get(ESTABLISHED),
        section.get(FIN_CLIENT),
        section.get(FIN_SERVER),
        section.get(TIME_WAIT),
        section.get(RESET),
        section.get(UDP_UNREPLIED),
        section.get(UDP_REPLIED));
  }
}
