package io.headrace.forward;

import io.headrace.config.DsrConfig.Way;
import java.util.EnumMap;
import java.util.Map;

/**
 * How a frame reaches a server that answers the client by itself (direct server return). Holds
 * nothing of a flow; one worker's.
 */
interface DirectReturn {
  /**
   * One for each way.
   *
   * @param lastHop of packets that may travel no further
   */
  static Map<Way, DirectReturn> each(LastHop lastHop) {
    return new EnumMap<>(
        Map.of(
            Way.NAT, new NatReturn(lastHop),
            Way.L2, new L2Return(),
            Way.IPIP, new IpipReturn(lastHop),
            Way.GUE, new GueReturn(lastHop)));
  }

  /**
   * Rewrites the slot's frame in place and gives it a verdict.
   *
   * @param slot a client's frame to a frontend
   * @param target a server whose next hop is resolved
   */
  void forward(Slot slot, Target target);
}
