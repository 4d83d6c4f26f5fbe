package io.headrace.forward;

/** A way of forwarding. Owned by one worker, which calls it for each frame whose bucket it owns. */
public interface Forwarder {
  /**
   * Rewrites the slot's frame in place and gives it a verdict.
   *
   * @param slot a frame of a flow
   * @param table where it may go
   */
  void forward(Slot slot, ForwardingTable table);

  /**
   * Forgets flows whose time is over.
   *
   * @param nowNs the time that flows live by
   * @return how many were forgotten
   */
  int expire(long nowNs);
}
