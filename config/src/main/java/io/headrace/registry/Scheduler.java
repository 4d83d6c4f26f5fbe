package io.headrace.registry;

/**
 * Chooses a server for a new flow. Immutable: a pool whose servers, weights or health change gets a
 * new one, built off the hot path. Any thread may choose; choosing takes no lock and allocates
 * nothing.
 */
public interface Scheduler {
  /** What {@link #choose} answers when no server can take a flow. */
  int NONE = -1;

  /**
   * @param flowHash a well-mixed hash of the flow's client side
   * @return the id of a server that is up, or {@link #NONE}
   */
  int choose(long flowHash);
}
