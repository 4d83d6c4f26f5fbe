package io.headrace.conntrack;

import io.headrace.config.Timeouts;
import java.time.Duration;
import java.util.Locale;

/**
 * Where a flow stands. The TCP states follow RFC 9293 as seen from between the two ends, with the
 * names of Linux's nf_conntrack where it has one; {@link TcpState} says how one follows from
 * another.
 */
public enum FlowState {
  /** The client has sent a SYN; nothing came back. */
  SYN_SENT(Phase.OPENING),
  /** The server has answered with a SYN; the client has not acknowledged it. */
  SYN_RECEIVED(Phase.OPENING),
  ESTABLISHED(Phase.OPEN),
  /** The client has sent its last byte, the server may go on. */
  FIN_CLIENT(Phase.OPEN),
  /** The server has sent its last byte, the client may go on. */
  FIN_SERVER(Phase.OPEN),
  /** Both have; late frames still find their way, and the NAT port is in quarantine. */
  TIME_WAIT(Phase.CLOSING),
  /** One side has reset the connection; it goes on if both speak again. */
  RESET(Phase.CLOSING),
  UDP_UNREPLIED(Phase.OPENING),
  UDP_REPLIED(Phase.OPEN);

  /** What a flow's state means for its place in the table. */
  enum Phase {
    /**
     * Not yet answered or acknowledged, so possibly forged: recycled, oldest first, when room is
     * short.
     */
    OPENING,
    /** Both ends have spoken: kept until its deadline whatever comes, and in the durable copy. */
    OPEN,
    /** Over, no longer counted as a connection: recycled, oldest first, when room is short. */
    CLOSING
  }

  private final Phase phase;

  FlowState(Phase phase) {
    this.phase = phase;
  }

  Phase phase() {
    return phase;
  }

  /** How long a flow in this state lives without a frame. */
  Duration timeout(Timeouts timeouts) {
    return switch (this) {
      case SYN_SENT -> timeouts.synSent();
      case SYN_RECEIVED -> timeouts.synReceived();
      case ESTABLISHED -> timeouts.established();
      case FIN_CLIENT -> timeouts.finClient();
      case FIN_SERVER -> timeouts.finServer();
      case TIME_WAIT -> timeouts.timeWait();
      case RESET -> timeouts.reset();
      case UDP_UNREPLIED -> timeouts.udpUnreplied();
      case UDP_REPLIED -> timeouts.udpReplied();
    };
  }

  /** The name in counters, JSON and on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
