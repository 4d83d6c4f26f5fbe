package io.headrace.conntrack;

/**
 * Is told when a flow begins and ends to be a connection, so that counts per server and per service
 * stay right. Called by the worker that owns the flow, on the hot path. Every flow that was opened
 * or restored is closed exactly once: when both sides have sent a FIN, one has sent a RST, or its
 * time is over.
 */
public interface FlowListener {
  void flowOpened(int serverId, int serviceId);

  /** A flow of an earlier process goes on. */
  void flowRestored(int serverId, int serviceId);

  void flowClosed(int serverId, int serviceId);
}
