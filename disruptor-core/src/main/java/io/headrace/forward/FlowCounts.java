package io.headrace.forward;

import io.headrace.conntrack.FlowListener;

/** Counts one worker's connections for their server and their frontend. */
public final class FlowCounts implements FlowListener {
  private final int worker;
  private final ForwardingTables tables;

  public FlowCounts(int worker, ForwardingTables tables) {
    this.worker = worker;
    this.tables = tables;
  }

  @Override
  public void flowOpened(int serverId, int serviceId) {
    server(serverId).opened();
    tables.current().target(serverId).server().flows().opened();
    frontend(serviceId).opened();
  }

  @Override
  public void flowRestored(int serverId, int serviceId) {
    server(serverId).restored();
    tables.current().target(serverId).server().flows().opened();
    frontend(serviceId).restored();
  }

  @Override
  public void flowClosed(int serverId, int serviceId) {
    server(serverId).closed();
    tables.current().target(serverId).server().flows().closed();
    frontend(serviceId).closed();
  }

  private Traffic server(int id) {
    return tables.current().target(id).traffic().get(worker);
  }

  private Traffic frontend(int id) {
    return tables.current().frontend(id).traffic().get(worker);
  }
}
