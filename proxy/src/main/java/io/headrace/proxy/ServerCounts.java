package io.headrace.proxy;

import java.util.concurrent.atomic.LongAdder;

/** What a server has carried for the proxy. Any thread counts, any thread reads. */
public final class ServerCounts {
  private final String backend;
  private final LongAdder opened = new LongAdder();
  private final LongAdder closed = new LongAdder();
  private final LongAdder fromClients = new LongAdder();
  private final LongAdder fromServers = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder timedOut = new LongAdder();
  private final LongAdder failed = new LongAdder();

  ServerCounts(String backend) {
    this.backend = backend;
  }

  /** The name of the server's backend. */
  public String backend() {
    return backend;
  }

  void opened() {
    opened.increment();
  }

  void closed() {
    closed.increment();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? fromClients : fromServers).add(bytes);
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

  /** Connections that it took, ever. */
  public long totalConnections() {
    return opened.sum();
  }

  /** Of these, those that are not closed. */
  public long currentConnections() {
    long gone = closed.sum();
    return opened.sum() - gone;
  }

  /** Of payload. */
  public long bytesFromClients() {
    return fromClients.sum();
  }

  /** Of payload. */
  public long bytesFromServers() {
    return fromServers.sum();
  }

  /** Connections that it refused. */
  public long connectRefused() {
    return refused.sum();
  }

  /** Connections that it did not answer in time. */
  public long connectTimedOut() {
    return timedOut.sum();
  }

  /** Connections that failed otherwise: no route, no local port, no descriptor. */
  public long connectFailed() {
    return failed.sum();
  }
}
