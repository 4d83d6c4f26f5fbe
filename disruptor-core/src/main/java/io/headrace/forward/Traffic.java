package io.headrace.forward;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one worker has carried for one server or one frontend. Single writer: the worker; any thread
 * reads.
 */
public final class Traffic {
  private static final int TOTAL_CONNECTIONS = 8;
  private static final int CURRENT_CONNECTIONS = 9;
  private static final int BYTES_FROM_CLIENTS = 10;
  private static final int BYTES_FROM_SERVERS = 11;
  private static final int WITHOUT_PORT = 12;

  /** A cache line on either side, so that workers do not share one. */
  private final AtomicLongArray values = new AtomicLongArray(21);

  /** Connections that were opened, ever. */
  public long totalConnections() {
    return values.get(TOTAL_CONNECTIONS);
  }

  /** Connections that are open now. */
  public long currentConnections() {
    return values.get(CURRENT_CONNECTIONS);
  }

  /** In whole frames. */
  public long bytesFromClients() {
    return values.get(BYTES_FROM_CLIENTS);
  }

  /** In whole frames. */
  public long bytesFromServers() {
    return values.get(BYTES_FROM_SERVERS);
  }

  /** Connections that were refused because every NAT port was taken. */
  public long withoutPort() {
    return values.get(WITHOUT_PORT);
  }

  void foundNoPort() {
    add(WITHOUT_PORT, 1);
  }

  void opened() {
    add(TOTAL_CONNECTIONS, 1);
    add(CURRENT_CONNECTIONS, 1);
  }

  void restored() {
    add(CURRENT_CONNECTIONS, 1);
  }

  void closed() {
    add(CURRENT_CONNECTIONS, -1);
  }

  void carried(boolean fromClient, int bytes) {
    add(fromClient ? BYTES_FROM_CLIENTS : BYTES_FROM_SERVERS, bytes);
  }

  private void add(int index, long amount) {
    values.setRelease(index, values.getPlain(index) + amount);
  }
}
