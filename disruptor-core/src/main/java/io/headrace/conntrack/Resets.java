package io.headrace.conntrack;

/**
 * Of a connection that one end has reset: who has spoken since. It goes on when both ends have,
 * after the last RST ({@link TcpState} says why); one that was reset for good does not.
 */
final class Resets {
  /** Bits of {@link FlowRecords#heard}. */
  private static final int CLIENT_SPOKE = 1;

  private static final int SERVER_SPOKE = 2;

  private static final int FOR_GOOD = 4;

  private Resets() {}

  /** The state of a flow that was reset, after another frame. */
  static FlowState next(FlowRecords flows, int flow, boolean fromClient, int tcpFlags) {
    int heard = 0;
    if (TcpState.showsLife(tcpFlags)) {
      heard = flows.heard(flow) | (fromClient ? CLIENT_SPOKE : SERVER_SPOKE);
    }
    boolean both = heard == (CLIENT_SPOKE | SERVER_SPOKE);
    flows.heard(flow, both ? 0 : heard);
    return both ? TcpState.next(FlowState.ESTABLISHED, fromClient, tcpFlags) : FlowState.RESET;
  }

  static void forGood(FlowRecords flows, int flow) {
    flows.heard(flow, FOR_GOOD);
  }

  static boolean isForGood(FlowRecords flows, int flow) {
    return flows.heard(flow) == FOR_GOOD;
  }
}
