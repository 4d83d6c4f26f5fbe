package io.headrace.schedule;

/**
 * Chooses a server for a new flow. What it is built over does not change: a pool whose servers,
 * weights or health change gets a new one, built off the hot path. Any thread may choose; choosing
 * takes no lock and allocates nothing.
 */
public interface Scheduler {
  /** What {@link #choose} answers when no server can take a flow. */
  int NONE = -1;

  /**
   * @param hash well mixed: of the flow's client side, or, if {@link #isBySource}, the {@link
   *     SourceHash}
   * @return the id of a server that takes new flows, or {@link #NONE}
   */
  int choose(long hash);

  /** Whether it chooses by the client's address alone. */
  default boolean isBySource() {
    return false;
  }
}
