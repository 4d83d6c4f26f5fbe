package io.headrace.conntrack;

/**
 * Is told when a flow begins and ends to be a connection, so that counts per server and per service
 * stay right. Called by the worker that owns the flow, on the hot path. A flow that was opened or
 * restored is closed before it is restored or opened again, and in the end: when both sides have
 * sent a FIN, one has sent a RST, or its time is over.
 */
public interface FlowListener {
  /** For a table whose flows nobody counts. */
  FlowListener NOBODY =
      new FlowListener() {
        @Override
        public void flowOpened(int serverId, int serviceId) {}

        @Override
        public void flowRestored(int serverId, int serviceId) {}

        @Override
        public void flowClosed(int serverId, int serviceId) {}
      };

  void flowOpened(int serverId, int serviceId);

  /** A flow of an earlier process goes on, or one that a RST did not end after all. */
  void flowRestored(int serverId, int serviceId);

  void flowClosed(int serverId, int serviceId);
}
