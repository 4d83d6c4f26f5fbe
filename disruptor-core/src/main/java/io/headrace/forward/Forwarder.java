package io.headrace.forward;

/** A way of forwarding. Owned by one worker, which calls it for each frame whose bucket it owns. */
public interface Forwarder {
  /**
   * Finds what the slot's flow is looked up by. The worker takes each of these steps for all frames
   * of a batch before the next, so that the frames wait for memory together instead of one after
   * the other.
   */
  void hash(Slot slot);

  /**
   * Reads what {@link #forward} will read first, so that it is in the cache then; does next to
   * nothing else, so that a processor has many of these reads under way at once.
   */
  void prefetchIndex(Slot slot);

  /** Reads what {@link #forward} will read after that. */
  void prefetchFlow(Slot slot);

  /**
   * Rewrites the slot's frame in place and gives it a verdict; after the steps above.
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
