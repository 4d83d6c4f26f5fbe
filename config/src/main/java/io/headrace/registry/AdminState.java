package io.headrace.registry;

import java.util.Locale;

/** What an operator wants of a server, whatever its checks say. */
public enum AdminState {
  /** That it works as its checks say. */
  READY,
  /** That it takes no new flows and keeps those that it has. */
  DRAIN,
  /** That it takes no new flows and is not checked. */
  MAINTENANCE;

  /** As statistics and logs write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
