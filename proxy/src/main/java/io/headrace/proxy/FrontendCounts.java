package io.headrace.proxy;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What a frontend has carried. Any thread counts, any thread reads. */
public final class FrontendCounts {
  private static final long LONGEST_US = TimeUnit.DAYS.toMicros(7);
  private static final int DIGITS = 2;

  private final LongAdder opened = new LongAdder();
  private final LongAdder closed = new LongAdder();
  private final LongAdder fromClients = new LongAdder();
  private final LongAdder fromServers = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final AtomicLongArray ends = new AtomicLongArray(Ended.values().length);
  private final Histogram connectUs = new ConcurrentHistogram(LONGEST_US, DIGITS);
  private final Histogram connectionUs = new ConcurrentHistogram(LONGEST_US, DIGITS);

  FrontendCounts() {}

  void opened() {
    opened.increment();
  }

  void dropped() {
    dropped.increment();
  }

  void retried() {
    retries.increment();
  }

  void carried(boolean fromClient, int bytes) {
    (fromClient ? fromClients : fromServers).add(bytes);
  }

  void connected(long ns) {
    connectUs.recordValue(micros(ns));
  }

  void closed(Ended how, long ns) {
    closed.increment();
    ends.incrementAndGet(how.ordinal());
    connectionUs.recordValue(micros(ns));
  }

  private static long micros(long ns) {
    return Math.clamp(ns / 1000, 0, LONGEST_US);
  }

  /** Connections that were accepted, ever; with UDP, sessions. */
  public long totalConnections() {
    return opened.sum();
  }

  /** Of these, those that are not closed. */
  public long currentConnections() {
    // In this order a connection that opens and closes meanwhile does not count below zero.
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

  /** Servers that were tried after another had failed. */
  public long retries() {
    return retries.sum();
  }

  /** Datagrams that could not be sent on as they came. */
  public long droppedDatagrams() {
    return dropped.sum();
  }

  /** How many connections have ended in each way. */
  public Map<Ended, Long> ends() {
    Map<Ended, Long> counts = new EnumMap<>(Ended.class);
    for (Ended each : Ended.values()) {
      counts.put(each, ends.get(each.ordinal()));
    }
    return counts;
  }

  /** From the order to connect to a server until it took the connection, in microseconds. */
  public Histogram connectUs() {
    return connectUs.copy();
  }

  /** From accept to end, in microseconds. */
  public Histogram connectionUs() {
    return connectionUs.copy();
  }
}
