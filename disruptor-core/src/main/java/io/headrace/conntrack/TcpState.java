package io.headrace.conntrack;

/**
 * How a TCP connection's state follows its flags. Only single flags are looked at, never a whole
 * flag byte, so that ECN, PSH and what may come change nothing. A repeated frame leaves the state
 * as it is.
 *
 * <p>Sequence numbers are not checked: a RST that its receiver will refuse (RFC 5961) closes the
 * flow here. As long as frames follow each other faster than the reset time-out, such a flow is
 * still forwarded.
 */
public final class TcpState {
  private static final int FIN = 0x01;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;

  private TcpState() {}

  /** Whether a frame with these flags may start a connection: a SYN that is nothing else. */
  public static boolean opens(int flags) {
    return (flags & (SYN | ACK | RST | FIN)) == SYN;
  }

  static FlowState next(FlowState state, boolean fromClient, int flags) {
    if ((flags & RST) != 0) {
      // A RST does not end TIME_WAIT early: that would hand out a port that the server still holds
      // (RFC 1337).
      return state == FlowState.TIME_WAIT ? state : FlowState.RESET;
    }
    return switch (state) {
      // From the server a SYN with or without ACK: a simultaneous open has none.
      case SYN_SENT -> !fromClient && (flags & SYN) != 0 ? FlowState.SYN_RECEIVED : state;
      case SYN_RECEIVED ->
          fromClient && (flags & ACK) != 0 ? next(FlowState.ESTABLISHED, true, flags) : state;
      case ESTABLISHED ->
          (flags & FIN) == 0 ? state : fromClient ? FlowState.FIN_CLIENT : FlowState.FIN_SERVER;
      case FIN_CLIENT -> !fromClient && (flags & FIN) != 0 ? FlowState.TIME_WAIT : state;
      case FIN_SERVER -> fromClient && (flags & FIN) != 0 ? FlowState.TIME_WAIT : state;
      case TIME_WAIT, RESET -> state;
      case UDP_UNREPLIED, UDP_REPLIED -> throw new IllegalArgumentException("not TCP: " + state);
    };
  }
}
