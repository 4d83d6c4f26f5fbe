package io.headrace.registry;

import io.headrace.config.HealthCheckConfig;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * All that happens to one server: its checks, and what the operator wants of it, which outlives
 * changes of the configuration.
 *
 * <p>The registry's lock guards it, but for {@link #status}, which any thread may read.
 */
final class ServerLife {
  static final String NEW = "counts as up until its first check";
  static final String UNCHECKED = "is not checked";

  private Health health = new Health();
  private AdminState admin = AdminState.READY;
  private OptionalInt weight = OptionalInt.empty();
  private volatile Status status;

  /**
   * @param reason why it counts as up
   */
  ServerLife(String reason) {
    status = new Status(State.UP, reason, Instant.now(), admin, weight);
  }

  Status status() {
    return status;
  }

  /** Whether the flows that it has may go on to it. */
  boolean isUp() {
    return admin != AdminState.MAINTENANCE && health.isUp();
  }

  /** Whether it may take new flows. */
  boolean isOpen() {
    return admin == AdminState.READY && health.isUp();
  }

  /** Its share of new flows, where the file says another. */
  int weight(int configured) {
    return weight.orElse(configured);
  }

  /**
   * Counts one check.
   *
   * @return true when it took the server down or brought it up
   */
  boolean report(boolean healthy, String reason, HealthCheckConfig limits) {
    if (admin == AdminState.MAINTENANCE) {
      return false;
    }
    boolean first = health.isUnproven();
    boolean changed = health.report(healthy, limits);
    settle(reason, first);
    return changed;
  }

  void admin(AdminState wanted, String reason) {
    if (admin == AdminState.MAINTENANCE && wanted != AdminState.MAINTENANCE) {
      // Nobody knows what has become of it meanwhile.
      health = new Health();
    }
    admin = wanted;
    settle(reason, false);
  }

  void overrideWeight(OptionalInt wanted) {
    weight = wanted;
    Status now = status;
    status = new Status(now.state(), now.reason(), now.since(), admin, weight);
  }

  /** Its checks are turned off: nothing would ever bring it up that is down now. */
  void forgetChecks() {
    health = new Health();
    settle(UNCHECKED, false);
  }

  private void settle(String reason, boolean always) {
    Status before = status;
    State state = state();
    boolean changed = state != before.state();
    status =
        new Status(
            state,
            changed || always ? reason : before.reason(),
            changed ? Instant.now() : before.since(),
            admin,
            weight);
  }

  private State state() {
    if (admin == AdminState.MAINTENANCE) {
      return State.MAINTENANCE;
    }
    boolean draining = admin == AdminState.DRAIN && health.isUp();
    return draining ? State.DRAINING : health.state();
  }
}
