package io.headrace.config;

/** What happens to the TCP flows that a server has when it goes down. */
public enum OnDown {
  /** They stay with it: it may come back, or only its checks have failed. */
  KEEP,
  /** Their clients are reset. */
  RESET,
  /** They go on with another server, which has to know of them; a proxy resets them. */
  MOVE
}
