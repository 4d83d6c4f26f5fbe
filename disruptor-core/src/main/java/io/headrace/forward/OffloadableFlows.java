package io.headrace.forward;

import io.headrace.offload.FlowWriter;

/** A worker's table of flows, as {@link KernelOffload} gives them to the kernel. */
public interface OffloadableFlows {
  /** Flows are the numbers below. */
  int capacity();

  /** Whether it is established, and of a kind that the kernel can forward. */
  boolean mayGo(int flow, ForwardingTable table);

  int protocol(int flow, ForwardingTable table);

  int serverId(int flow);

  int serviceId(int flow);

  /** Whether its answers come by here, and go where the client is. */
  boolean isAnswered(int flow, ForwardingTable table);

  int clientArm(int flow);

  long clientMac(int flow);

  /** A frame has passed at that time. */
  void seen(int flow, int protocol, long atNs);

  /** Says what frames to the server get; of a flow whose frame is being forwarded. */
  void rewriteToServer(int flow, ForwardingTable table, int entry, FlowWriter kernel);

  /** Says what answers to the client get; likewise. */
  void rewriteToClient(int flow, ForwardingTable table, int entry, FlowWriter kernel);
}
