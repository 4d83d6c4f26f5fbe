package io.headrace.forward;

import io.headrace.config.Mode;

/** Gives each frame to the way of forwarding that its frontend has. */
public final class ForwarderOfMode implements Forwarder {
  private final Forwarder passthrough;
  private final Forwarder dsr;

  /**
   * @param passthrough takes what servers answer, too
   */
  public ForwarderOfMode(Forwarder passthrough, Forwarder dsr) {
    this.passthrough = passthrough;
    this.dsr = dsr;
  }

  private Forwarder of(Slot slot) {
    boolean direct = slot.isFromClient() && slot.frontend().service().mode() == Mode.DSR;
    return direct ? dsr : passthrough;
  }

  @Override
  public void lookUp(Slot slot) {
    of(slot).lookUp(slot);
  }

  @Override
  public void prefetch(Slot slot) {
    of(slot).prefetch(slot);
  }

  @Override
  public void forward(Slot slot, ForwardingTable table) {
    of(slot).forward(slot, table);
  }

  @Override
  public int expire(long nowNs) {
    return passthrough.expire(nowNs) + dsr.expire(nowNs);
  }
}
