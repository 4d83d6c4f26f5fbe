package io.headrace.forward;

import io.headrace.config.Mode;
import io.headrace.config.Source;
import io.headrace.registry.Service;

/** Gives each frame to the way of forwarding that its frontend has. */
public final class ForwarderOfMode implements Forwarder {
  private final Forwarder nat;
  private final Forwarder hash;

  /**
   * @param nat takes passthrough by source NAT, and what servers answer to NAT ports
   * @param hash takes what keeps the client's address
   */
  public ForwarderOfMode(Forwarder nat, Forwarder hash) {
    this.nat = nat;
    this.hash = hash;
  }

  private Forwarder of(Slot slot) {
    if (slot.frontend() == null) {
      return nat;
    }
    Service service = slot.frontend().service();
    return service.mode() == Mode.DSR || service.source() == Source.CLIENT ? hash : nat;
  }

  @Override
  public void hash(Slot slot) {
    of(slot).hash(slot);
  }

  @Override
  public void prefetchIndex(Slot slot) {
    of(slot).prefetchIndex(slot);
  }

  @Override
  public void prefetchFlow(Slot slot) {
    of(slot).prefetchFlow(slot);
  }

  @Override
  public void forward(Slot slot, ForwardingTable table) {
    of(slot).forward(slot, table);
  }

  @Override
  public int expire(long nowNs) {
    return nat.expire(nowNs) + hash.expire(nowNs);
  }
}
