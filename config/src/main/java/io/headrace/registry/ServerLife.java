package io.headrace.registry;

import io.headrace.config.HealthCheckConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * All that happens to one server: its checks, what its agent says, and what the operator wants of
 * it, which outlives changes of the configuration.
 *
 * <p>The registry's lock guards it, but for {@link #status}, which any thread may read.
 */
final class ServerLife {
  static final String NEW = "counts as up until its first check";
  static final String UNCHECKED = "is not checked";

  private final SlowStart slowStart = new SlowStart();
  private Health health = new Health();
  private long bornNs;
  private AdminState admin = AdminState.READY;
  private OptionalInt weight = OptionalInt.empty();
  private AdminState agentAdmin = AdminState.READY;
  private boolean agentUp = true;
  private int agentPercent = SlowStart.WHOLE;
  private int publishedPercent = SlowStart.WHOLE;
  private volatile Status status;

  /**
   * @param reason why it counts as up
   */
  ServerLife(String reason, long nowNs) {
    bornNs = nowNs;
    status = new Status(State.UP, reason, Instant.now(), admin, weight);
  }

  Status status() {
    return status;
  }

  /** Whether the flows that it has may go on to it. */
  boolean isUp() {
    return !isInMaintenance() && health.isUp() && agentUp;
  }

  /** Whether it takes new flows if it is up. */
  boolean isWanted() {
    return wanted() == AdminState.READY;
  }

  int weight(int configured) {
    return weight.orElse(configured);
  }

  /** Its share of new flows now: hundredths of the weight. */
  int share(int configured, long nowNs, Duration slowly) {
    publishedPercent = slowStart.percent(nowNs, slowly);
    long share = (long) weight(configured) * agentPercent * publishedPercent / SlowStart.WHOLE;
    return share == 0 && weight(configured) > 0 && agentPercent > 0 ? 1 : (int) share;
  }

  /** Whether its share has grown since it was asked for. */
  boolean hasWarmed(long nowNs, Duration slowly) {
    return slowStart.percent(nowNs, slowly) != publishedPercent;
  }

  /** It is new in a configuration that had others before. */
  void startSlowly(long nowNs) {
    slowStart.begin(nowNs);
  }

  /**
   * Counts one check.
   *
   * @return true when it took the server down or brought it up
   */
  boolean report(boolean healthy, String reason, HealthCheckConfig limits, long nowNs) {
    boolean first = health.isUnproven();
    if (isInMaintenance() || !healthy && first && nowNs - bornNs < limits.grace().toNanos()) {
      return false;
    }
    boolean before = isUp();
    health.report(healthy, limits);
    settle(reason, first, before, nowNs);
    return before != isUp();
  }

  /**
   * Takes it down at once, whatever its checks have said.
   *
   * @return true when it was up
   */
  boolean takeDown(String reason, long nowNs) {
    boolean before = isUp();
    if (before) {
      health.takeDown();
      settle(reason, false, before, nowNs);
    }
    return before;
  }

  /**
   * Takes over what its agent says.
   *
   * @return whether something has changed
   */
  boolean agent(AgentReply reply, long nowNs) {
    boolean before = isUp();
    AdminState wantedBefore = wanted();
    boolean upBefore = agentUp;
    int percentBefore = agentPercent;
    agentAdmin = reply.admin().orElse(agentAdmin);
    agentUp = reply.up().orElse(agentUp);
    agentPercent = reply.percent().orElse(agentPercent);
    leaveMaintenance(wantedBefore, nowNs);
    settle("its agent says: " + reply.text(), false, before, nowNs);
    return wantedBefore != wanted() || upBefore != agentUp || percentBefore != agentPercent;
  }

  void admin(AdminState wanted, String reason, long nowNs) {
    boolean before = isUp();
    AdminState wantedBefore = wanted();
    admin = wanted;
    leaveMaintenance(wantedBefore, nowNs);
    settle(reason, false, before, nowNs);
  }

  void overrideWeight(OptionalInt wanted) {
    weight = wanted;
    Status now = status;
    status = new Status(now.state(), now.reason(), now.since(), admin, weight);
  }

  /** Its checks are turned off: nothing would ever bring it up that is down now. */
  void forgetChecks(long nowNs) {
    boolean before = isUp();
    health = new Health();
    settle(UNCHECKED, false, before, nowNs);
  }

  /** Its agent is asked no more. */
  void forgetAgent(long nowNs) {
    boolean before = isUp();
    AdminState wantedBefore = wanted();
    agentAdmin = AdminState.READY;
    agentUp = true;
    agentPercent = SlowStart.WHOLE;
    leaveMaintenance(wantedBefore, nowNs);
    settle("has no agent any more", false, before, nowNs);
  }

  /** The operator's word counts more than the agent's. */
  private AdminState wanted() {
    return admin == AdminState.READY ? agentAdmin : admin;
  }

  private boolean isInMaintenance() {
    return wanted() == AdminState.MAINTENANCE;
  }

  /** Nobody knows what has become of it meanwhile. */
  private void leaveMaintenance(AdminState before, long nowNs) {
    if (before == AdminState.MAINTENANCE && !isInMaintenance()) {
      health = new Health();
      bornNs = nowNs;
    }
  }

  private void settle(String reason, boolean always, boolean wasUp, long nowNs) {
    if (!wasUp && isUp()) {
      slowStart.begin(nowNs);
    }
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
    if (isInMaintenance()) {
      return State.MAINTENANCE;
    }
    if (!agentUp) {
      return State.DOWN;
    }
    return health.isUp() && !isWanted() ? State.DRAINING : health.state();
  }
}
