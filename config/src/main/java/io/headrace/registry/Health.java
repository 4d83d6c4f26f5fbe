package io.headrace.registry;

import io.headrace.config.HealthCheckConfig;

/**
 * Counts the checks of one server: {@code fall} failures in a row take it down, {@code rise}
 * successes in a row bring it up. A server starts up, so that a start or a reload turns no traffic
 * away, but on probation: until its first success a single failure takes it down (both as HAProxy
 * does).
 *
 * <p>Not thread-safe: the registry's lock guards it.
 */
final class Health {
  private boolean up = true;
  private boolean probation = true;
  private int against;

  boolean isUp() {
    return up;
  }

  /** Whether it was never checked. */
  boolean isUnproven() {
    return probation;
  }

  State state() {
    if (up) {
      return against == 0 ? State.UP : State.GOING_DOWN;
    }
    return against == 0 ? State.DOWN : State.GOING_UP;
  }

  /** It is down, however many checks it has passed. */
  void takeDown() {
    up = false;
    probation = false;
    against = 0;
  }

  /**
   * Counts one check.
   *
   * @return true when it changed the state
   */
  boolean report(boolean healthy, HealthCheckConfig limits) {
    boolean suspect = probation;
    probation = false;
    if (healthy == up) {
      against = 0;
      return false;
    }
    against++;
    int needed = suspect ? 1 : up ? limits.fall() : limits.rise();
    if (against < needed) {
      return false;
    }
    up = healthy;
    against = 0;
    return true;
  }
}
