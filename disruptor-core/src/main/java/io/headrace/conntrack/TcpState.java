package io.headrace.conntrack;

/**
 * How a TCP connection's state follows its flags. Only single flags are looked at, never a whole
 * flag byte, so that ECN, PSH and what may come change nothing. A repeated frame leaves the state
 * as it is.
 *
 * <p>Sequence numbers are not checked, so it is not known whether the receiver of a RST accepts it
 * (RFC 5961). The flow counts as over, and is still forwarded for its time; when both ends speak
 * after the last RST, no end has accepted one, and the flow is open again. That is the TRANS state
 * of RFC 6146, 3.5.2.2, but for the "both": frames of the other end that were under way when one
 * end reset the connection prove nothing. Frames that one end's network has brought out of order
 * may prove too much, for as long as it takes the other end to answer them with another RST.
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

  /**
   * Whether a frame shows that its sender's connection is open: it ends none and begins none.
   *
   * @param flags of a frame of a flow that was reset
   */
  static boolean showsLife(int flags) {
    return (flags & (RST | SYN | ACK)) == ACK;
  }

  /** Whether a frame with these flags is the last that its sender's connection needs. */
  static boolean ends(int flags) {
    return (flags & (FIN | RST)) != 0;
  }

  static boolean resets(int flags) {
    return (flags & RST) != 0;
  }

  static FlowState next(FlowState state, boolean fromClient, int flags) {
    if ((flags & RST) != 0) {
      // A RST does not end TIME_WAIT early: that would hand out a port that the server still holds
      // (RFC 1337).
      return state == FlowState.TIME_WAIT ? state : FlowState.RESET;
    }
    return switch (state) {
      // Mostly a SYN with ACK; without in a simultaneous open, and in a connection that was there
      // before its flow, an ACK alone.
      case SYN_SENT -> fromClient ? state : FlowState.SYN_RECEIVED;
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
