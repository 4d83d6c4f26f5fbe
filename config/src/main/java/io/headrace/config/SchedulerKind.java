package io.headrace.config;

/** How a server is chosen for a new flow. */
public enum SchedulerKind {
  /** In turns, smoothly mixed. */
  ROUND_ROBIN,
  /** At random. */
  RANDOM,
  /** The one with the fewest flows for its weight. */
  LEAST_CONNECTIONS,
  /** Of two that are drawn, the one with fewer flows for its weight. */
  TWO_CHOICES,
  /** By a table of hashes that changes little when servers come and go. */
  MAGLEV,
  /** By the highest of one hash for each server. */
  RENDEZVOUS,
  /** By the client's address alone, so that a client keeps its server. */
  SOURCE,
  /** By a table of hashes, and past those that have too many flows. */
  BOUNDED_LOAD;

  /** Whether the server follows from the flow and the pool alone, at every time and balancer. */
  boolean isByHash() {
    return this == MAGLEV || this == RENDEZVOUS || this == SOURCE;
  }
}
