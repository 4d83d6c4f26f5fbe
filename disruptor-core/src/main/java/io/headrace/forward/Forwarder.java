package io.headrace.forward;

/** A way of forwarding. Owned by one worker, which calls it for each frame whose bucket it owns. */
public interface Forwarder {
  /**
   * Begins the look-up of a slot's flow. The worker calls it for each frame of a batch, before
   * {@link #prefetch} and {@link #forward}, so that the frames wait for memory together instead of
   * one after the other.
   */
  void lookUp(Slot slot);

  /** Goes on with it: to be called for each frame of a batch after {@link #lookUp}. */
  void prefetch(Slot slot);

  /**
   * Rewrites the slot's frame in place and gives it a verdict; after {@link #lookUp}.
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
