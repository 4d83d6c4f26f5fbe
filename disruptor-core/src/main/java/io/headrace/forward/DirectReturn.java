package io.headrace.forward;

/**
 * How a frame reaches a server that answers the client by itself (direct server return). Holds
 * nothing of a flow; any worker.
 */
interface DirectReturn {
  /**
   * Rewrites the slot's frame in place and gives it a verdict.
   *
   * @param slot a client's frame to a frontend
   * @param target a server whose next hop is resolved
   */
  void forward(Slot slot, Target target);
}
