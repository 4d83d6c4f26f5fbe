package io.headrace.forward;

import org.agrona.concurrent.status.AtomicCounter;

/**
 * What one worker has carried for one server or one frontend. Single writer: the worker.
 *
 * @param opened connections, ever
 * @param open connections, now
 * @param bytesFromClient in whole frames
 * @param bytesFromServer in whole frames
 */
public record Traffic(
    AtomicCounter opened,
    AtomicCounter open,
    AtomicCounter bytesFromClient,
    AtomicCounter bytesFromServer) {

  void opened() {
    opened.incrementRelease();
    open.incrementRelease();
  }

  void restored() {
    open.incrementRelease();
  }

  void closed() {
    open.decrementRelease();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? bytesFromClient : bytesFromServer).getAndAddRelease(bytes);
  }
}
