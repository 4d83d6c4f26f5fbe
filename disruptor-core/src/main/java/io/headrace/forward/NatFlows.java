package io.headrace.forward;

import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.offload.FlowWriter;

/** Those of {@link NatForwarder}. */
public record NatFlows(Conntrack conntrack) implements OffloadableFlows {
  @Override
  public int capacity() {
    return conntrack.capacity();
  }

  @Override
  public boolean mayGo(int flow, ForwardingTable table) {
    return conntrack.isOpen(flow);
  }

  @Override
  public int protocol(int flow, ForwardingTable table) {
    return conntrack.protocol(flow);
  }

  @Override
  public int serverId(int flow) {
    return conntrack.serverId(flow);
  }

  @Override
  public int serviceId(int flow) {
    return conntrack.serviceId(flow);
  }

  @Override
  public boolean isAnswered(int flow, ForwardingTable table) {
    return true;
  }

  @Override
  public int clientArm(int flow) {
    return conntrack.clientArm(flow);
  }

  @Override
  public long clientMac(int flow) {
    return conntrack.clientMac(flow);
  }

  @Override
  public void seen(int flow, int protocol, long atNs) {
    conntrack.seen(flow, atNs);
  }

  @Override
  public void rewriteToServer(int flow, ForwardingTable table, int entry, FlowWriter kernel) {
    rewrite(
        flow,
        End.NAT,
        conntrack.natPort(flow),
        End.SERVER,
        conntrack.serverPort(flow),
        entry,
        kernel);
  }

  @Override
  public void rewriteToClient(int flow, ForwardingTable table, int entry, FlowWriter kernel) {
    rewrite(
        flow,
        End.SERVICE,
        conntrack.servicePort(flow),
        End.CLIENT,
        conntrack.clientPort(flow),
        entry,
        kernel);
  }

  private void rewrite(
      int flow,
      End source,
      int sourcePort,
      End destination,
      int destinationPort,
      int entry,
      FlowWriter kernel) {
    kernel.rewrite(
        entry,
        conntrack.high(flow, source),
        conntrack.low(flow, source),
        sourcePort,
        conntrack.high(flow, destination),
        conntrack.low(flow, destination),
        destinationPort);
  }
}
