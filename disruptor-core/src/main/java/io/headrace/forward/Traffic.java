package io.headrace.forward;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What one worker has carried for one server or one frontend. Single writer: the worker; any thread
 * reads.
 */
public final class Traffic {
  private final AtomicCounter total;
  private final AtomicCounter current;
  private final AtomicCounter fromClients;
  private final AtomicCounter fromServers;
  private final AtomicCounter withoutPort;

  private Traffic(
      AtomicCounter total,
      AtomicCounter current,
      AtomicCounter fromClients,
      AtomicCounter fromServers,
      AtomicCounter withoutPort) {
    this.total = total;
    this.current = current;
    this.fromClients = fromClients;
    this.fromServers = fromServers;
    this.withoutPort = withoutPort;
  }

  static Traffic ofFrontend(Counters counters, int id, int worker) {
    return new Traffic(
        counter(counters, Metric.FRONTEND_CONNECTIONS, id, worker),
        counter(counters, Metric.FRONTEND_OPEN, id, worker),
        counter(counters, Metric.FRONTEND_BYTES_FROM_CLIENTS, id, worker),
        counter(counters, Metric.FRONTEND_BYTES_FROM_SERVERS, id, worker),
        counter(counters, Metric.FRONTEND_NO_NAT_PORT, id, worker));
  }

  static Traffic ofServer(Counters counters, int id, int worker) {
    return new Traffic(
        counter(counters, Metric.SERVER_CONNECTIONS, id, worker),
        counter(counters, Metric.SERVER_OPEN, id, worker),
        counter(counters, Metric.SERVER_BYTES_FROM_CLIENTS, id, worker),
        counter(counters, Metric.SERVER_BYTES_FROM_SERVERS, id, worker),
        counter(counters, Metric.SERVER_NO_NAT_PORT, id, worker));
  }

  private static AtomicCounter counter(Counters counters, Metric metric, int id, int worker) {
    return counters.counter(Name.of(metric).id(id).worker(worker));
  }

  /** Connections that were opened, ever. */
  public long totalConnections() {
    return total.get();
  }

  /** Connections that are open now. */
  public long currentConnections() {
    return current.get();
  }

  /** In whole frames. */
  public long bytesFromClients() {
    return fromClients.get();
  }

  /** In whole frames. */
  public long bytesFromServers() {
    return fromServers.get();
  }

  /** Connections that were refused because every NAT port was taken. */
  public long withoutPort() {
    return withoutPort.get();
  }

  void foundNoPort() {
    withoutPort.incrementRelease();
  }

  void opened() {
    total.incrementRelease();
    current.incrementRelease();
  }

  void restored() {
    current.incrementRelease();
  }

  void closed() {
    current.decrementRelease();
  }

  void carried(boolean fromClient, long bytes) {
    (fromClient ? fromClients : fromServers).getAndAddRelease(bytes);
  }
}
