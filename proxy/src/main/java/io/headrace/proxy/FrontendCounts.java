package io.headrace.proxy;

import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.counters.Times;
import io.headrace.counters.TimesView;
import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.status.AtomicCounter;

/** What a frontend has carried. Any thread counts, any thread reads. */
public final class FrontendCounts {
  private final AtomicCounter total;
  private final AtomicCounter current;
  private final AtomicCounter fromClients;
  private final AtomicCounter fromServers;
  private final AtomicCounter retries;
  private final AtomicCounter dropped;
  private final Map<Ended, AtomicCounter> ends = new EnumMap<>(Ended.class);
  private final Times acceptTime;
  private final Times connectTime;
  private final Times firstByteTime;
  private final Times toServerTime;
  private final Times toClientTime;
  private final Times connectionTime;

  /**
   * @param id of the frontend, as the registry has it
   */
  FrontendCounts(Counters counters, int id) {
    total = counters.counter(Name.of(Metric.FRONTEND_CONNECTIONS).id(id));
    current = counters.counter(Name.of(Metric.FRONTEND_OPEN).id(id));
    fromClients = counters.counter(Name.of(Metric.FRONTEND_BYTES_FROM_CLIENTS).id(id));
    fromServers = counters.counter(Name.of(Metric.FRONTEND_BYTES_FROM_SERVERS).id(id));
    retries = counters.counter(Name.of(Metric.FRONTEND_RETRIES).id(id));
    dropped = counters.counter(Name.of(Metric.FRONTEND_DATAGRAMS_DROPPED).id(id));
    for (Ended how : Ended.values()) {
      ends.put(how, counters.counter(Name.of(Metric.FRONTEND_ENDS).id(id).kind(how.label())));
    }
    acceptTime = counters.times(Name.of(Metric.ACCEPT_TIME).id(id));
    firstByteTime = counters.times(Name.of(Metric.FIRST_BYTE_TIME).id(id));
    connectTime = counters.times(Name.of(Metric.CONNECT_TIME).id(id));
    toServerTime = counters.times(Name.of(Metric.TO_SERVER_TIME).id(id));
    toClientTime = counters.times(Name.of(Metric.TO_CLIENT_TIME).id(id));
    connectionTime = counters.times(Name.of(Metric.CONNECTION_TIME).id(id));
  }

  void opened() {
    total.increment();
    current.increment();
  }

  void dropped() {
    dropped.increment();
  }

  void retried() {
    retries.increment();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? fromClients : fromServers).getAndAdd(bytes);
  }

  /**
   * A server took a connection.
   *
   * @param acceptNs from accept to the order to connect to it
   * @param connectNs from then until it did
   */
  void connected(long acceptNs, long connectNs) {
    acceptTime.recordShared(acceptNs, 1);
    connectTime.recordShared(connectNs, 1);
  }

  /** The server's first byte came so long after it took the connection. */
  void answered(long ns) {
    firstByteTime.recordShared(ns, 1);
  }

  /** For the time that data takes from one side to the other. */
  Times passage(boolean toClient) {
    return toClient ? toClientTime : toServerTime;
  }

  void closed(Ended how, long ns) {
    current.decrement();
    ends.get(how).increment();
    connectionTime.recordShared(ns, 1);
  }

  /** A session is another process's from now on. */
  void moved() {
    current.decrement();
  }

  /** Connections that were accepted, ever; with UDP, sessions. */
  public long totalConnections() {
    return total.get();
  }

  /** Of these, those that are not closed. */
  public long currentConnections() {
    return current.get();
  }

  /** Of payload. */
  public long bytesFromClients() {
    return fromClients.get();
  }

  /** Of payload. */
  public long bytesFromServers() {
    return fromServers.get();
  }

  /** Servers that were tried after another had failed. */
  public long retries() {
    return retries.get();
  }

  /** How many connections have ended in each way. */
  public Map<Ended, Long> ends() {
    Map<Ended, Long> counts = new EnumMap<>(Ended.class);
    ends.forEach((how, count) -> counts.put(how, count.get()));
    return counts;
  }

  /** From when a server took the connection to its first byte. */
  public TimesView firstByteTime() {
    return firstByteTime.read();
  }

  /** From the order to connect to a server until it took the connection. */
  public TimesView connectTime() {
    return connectTime.read();
  }

  /** From a read of what clients sent until the kernel had all of it for the server. */
  public TimesView toServerTime() {
    return toServerTime.read();
  }

  /** From a read of what servers sent until the kernel had all of it for the client. */
  public TimesView toClientTime() {
    return toClientTime.read();
  }

  /** From accept to end. */
  public TimesView connectionTime() {
    return connectionTime.read();
  }
}
