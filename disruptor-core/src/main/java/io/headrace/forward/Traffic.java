package io.headrace.forward;

import org.agrona.concurrent.status.AtomicCounter;

/**
 * What one worker has carried for one server or one frontend. Single writer: the worker.
 *
 * @param totalConnections that were opened, ever
 * @param currentConnections that are open now
 * @param bytesFromClients in whole frames
 * @param bytesFromServers in whole frames
 */
public record Traffic(
    AtomicCounter totalConnections,
    AtomicCounter currentConnections,
    AtomicCounter bytesFromClients,
    AtomicCounter bytesFromServers) {

  void opened() {
    totalConnections.incrementRelease();
    currentConnections.incrementRelease();
  }

  void restored() {
    currentConnections.incrementRelease();
  }

  void closed() {
    currentConnections.decrementRelease();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? bytesFromClients : bytesFromServers).getAndAddRelease(bytes);
  }
}
