package io.headrace.pipeline;

import io.headrace.counters.Cycles;
import org.agrona.concurrent.Agent;

/** The agent of a thread, whose duty cycles are counted, and whether it has a turn at all. */
final class DutyCycle implements Agent {
  private final Agent agent;
  private final Cycles cycles;

  /** Asked for a turn that has not come yet. */
  private volatile boolean asked;

  DutyCycle(Agent agent, Cycles cycles) {
    this.agent = agent;
    this.cycles = cycles;
  }

  @Override
  public void onStart() {
    agent.onStart();
  }

  /** Whether a cycle has begun since this was last asked. Any one thread. */
  boolean hasTurned() {
    boolean turned = !asked;
    asked = true;
    return turned;
  }

  @Override
  public int doWork() throws Exception {
    if (asked) {
      asked = false;
    }
    long start = System.nanoTime();
    try {
      return agent.doWork();
    } finally {
      cycles.add(start, System.nanoTime() - start);
    }
  }

  @Override
  public void onClose() {
    agent.onClose();
  }

  @Override
  public String roleName() {
    return agent.roleName();
  }
}
