package io.headrace.probe;

import io.headrace.config.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Round trips to one address at a fixed rate. A round trip that begins late, because the one before
 * it took too long, counts from when it was due: what a client would have waited who did not wait
 * for the other. (Without that, a second in which nothing is answered would be one slow round trip
 * among thousands of fast ones: coordinated omission.)
 */
public final class Probe {
  private static final int TIMEOUT_MS = 2_000;
  private static final long LONGEST_NS = 60_000_000_000L;

  private final Histogram times = new Histogram(LONGEST_NS, 3);
  private final Protocol protocol;
  private final InetSocketAddress to;
  private final String request;
  private long failed;
  private String failure = "";

  /**
   * @param request what is sent each time
   */
  public Probe(Protocol protocol, InetSocketAddress to, String request) {
    this.protocol = protocol;
    this.to = to;
    this.request = request;
  }

  private RoundTrips open() throws IOException {
    return protocol == Protocol.TCP
        ? RoundTrips.tcp(to, request, TIMEOUT_MS)
        : RoundTrips.udp(to, request, TIMEOUT_MS);
  }

  /**
   * Asks for a while.
   *
   * @param perSecond how often
   */
  public void run(int perSecond, long forNs) {
    long everyNs = 1_000_000_000L / perSecond;
    long start = System.nanoTime();
    RoundTrips connection = null;
    try {
      for (long due = start; due - start < forNs; due += everyNs) {
        for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
          LockSupport.parkNanos(early);
        }
        long begun = System.nanoTime();
        try {
          if (connection == null) {
            connection = open();
            // To connect is not a round trip of an open connection, and no reason to be late.
            due += System.nanoTime() - begun;
            begun = due;
          }
          connection.ask();
          times.recordValue(Math.clamp(System.nanoTime() - due, 1, LONGEST_NS));
        } catch (IOException e) {
          failed++;
          failure = String.valueOf(e.getMessage());
          close(connection);
          connection = null;
          // What was due meanwhile has failed, too.
          long missed = Math.max(0, (System.nanoTime() - due) / everyNs);
          failed += missed;
          due += missed * everyNs;
        }
      }
    } finally {
      close(connection);
    }
  }

  private static void close(RoundTrips connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException e) {
        // It is of no more use in any case.
      }
    }
  }

  /** Of round trips that were answered, in nanoseconds. */
  public Histogram times() {
    return times;
  }

  /** Round trips without an answer. */
  public long failed() {
    return failed;
  }

  /** Why the last of these had none. */
  public String failure() {
    return failure;
  }
}
