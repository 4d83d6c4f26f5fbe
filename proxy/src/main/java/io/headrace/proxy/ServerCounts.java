package io.headrace.proxy;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import org.agrona.concurrent.status.AtomicCounter;

/** What a server has carried for the proxy. Any thread counts, any thread reads. */
public final class ServerCounts {
  private final AtomicCounter total;
  private final AtomicCounter current;
  private final AtomicCounter fromClients;
  private final AtomicCounter fromServers;
  private final AtomicCounter refused;
  private final AtomicCounter timedOut;
  private final AtomicCounter failed;

  /**
   * @param id of the server, as the registry has it
   */
  ServerCounts(Counters counters, int id) {
    total = counters.counter(Name.of(Metric.SERVER_CONNECTIONS).id(id));
    current = counters.counter(Name.of(Metric.SERVER_OPEN).id(id));
    fromClients = counters.counter(Name.of(Metric.SERVER_BYTES_FROM_CLIENTS).id(id));
    fromServers = counters.counter(Name.of(Metric.SERVER_BYTES_FROM_SERVERS).id(id));
    refused = counters.counter(Name.of(Metric.SERVER_CONNECT_REFUSED).id(id));
    timedOut = counters.counter(Name.of(Metric.SERVER_CONNECT_TIMED_OUT).id(id));
    failed = counters.counter(Name.of(Metric.SERVER_CONNECT_FAILED).id(id));
  }

  void opened() {
    total.increment();
    current.increment();
  }

  void closed() {
    current.decrement();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? fromClients : fromServers).getAndAdd(bytes);
  }

  void refused() {
    refused.increment();
  }

  void timedOut() {
    timedOut.increment();
  }

  void failed() {
    failed.increment();
  }

  /** Connections that it has now. */
  public long currentConnections() {
    return current.get();
  }

  /** Connections that it refused. */
  public long connectRefused() {
    return refused.get();
  }

  /** Connections that it did not answer in time. */
  public long connectTimedOut() {
    return timedOut.get();
  }
}
