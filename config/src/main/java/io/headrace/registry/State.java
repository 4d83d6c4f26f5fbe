package io.headrace.registry;

import java.util.Locale;

/** Where a server stands. */
public enum State {
  /** Takes new flows. */
  UP,
  /** Takes new flows; its last checks have failed, but not yet as many as take it down. */
  GOING_DOWN,
  /** Takes no new flows, since it has failed. */
  DOWN,
  /** Takes no new flows; its last checks have passed, but not yet as many as bring it up. */
  GOING_UP,
  /** Is up, keeps the flows that it has, and takes no new ones. */
  DRAINING,
  /** Takes no new flows and is not checked. */
  MAINTENANCE;

  /** As statistics and logs write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether checks are about to change it, so that the next one should come soon. */
  public boolean isChanging() {
    return this == GOING_DOWN || this == GOING_UP;
  }
}
