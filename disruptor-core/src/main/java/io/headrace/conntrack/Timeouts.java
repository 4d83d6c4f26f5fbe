package io.headrace.conntrack;

import java.time.Duration;

/**
 * How long a flow is kept after its last frame, by its state.
 *
 * @param opening until the other end has answered and the client has acknowledged. Short, as a
 *     flood consists of these
 * @param established while both directions of a TCP connection are open. RFC 5382, REQ-5: not less
 *     than 2 hours 4 minutes, so that TCP keep-alives, two hours apart, keep a silent connection
 * @param halfClosed after one FIN, as nf_conntrack's FIN_WAIT
 * @param timeWait after both, which is also the quarantine of the NAT port: as long as Linux
 *     servers hold theirs
 * @param reset after a RST, as nf_conntrack's CLOSE
 * @param udp once a server has answered. RFC 4787, REQ-5: not less than two minutes
 */
public record Timeouts(
    Duration opening,
    Duration established,
    Duration halfClosed,
    Duration timeWait,
    Duration reset,
    Duration udp) {

  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(30),
          Duration.ofMinutes(124),
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          Duration.ofSeconds(120));

  Duration of(FlowState state) {
    return switch (state) {
      case SYN_SENT, SYN_RECEIVED, UDP_UNREPLIED -> opening;
      case ESTABLISHED -> established;
      case FIN_CLIENT, FIN_SERVER -> halfClosed;
      case TIME_WAIT -> timeWait;
      case RESET -> reset;
      case UDP_REPLIED -> udp;
    };
  }
}
