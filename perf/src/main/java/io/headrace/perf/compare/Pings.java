package io.headrace.perf.compare;

import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Round trips of a small datagram, one at a time. To be made and used on a thread of the client.
 */
final class Pings implements AutoCloseable {
  private static final long HIGHEST_NS = Duration.ofSeconds(10).toNanos();
  private static final int DIGITS = 3;
  private static final int ATTEMPTS = 50;

  private final Datagrams socket;
  private long number;

  Pings(String host, int port) {
    socket = Datagrams.to(host, port);
  }

  /** Returns when the path answers; until it is up, datagrams may be lost. */
  void awaitAnswer() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      number++;
      socket.send(number);
      if (socket.receive() == number) {
        return;
      }
    }
    throw new TestbedException("no datagram comes back");
  }

  /**
   * Measures for a while.
   *
   * @param pause of silence before each
   * @return in nanoseconds
   * @throws TestbedException when one does not come back
   */
  Histogram run(Duration time, Duration pause) {
    Histogram times = new Histogram(HIGHEST_NS, DIGITS);
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      if (!pause.isZero()) {
        LockSupport.parkNanos(pause.toNanos());
      }
      times.recordValue(Math.min(HIGHEST_NS, once()));
    }
    return times;
  }

  private long once() {
    number++;
    long start = System.nanoTime();
    socket.send(number);
    if (socket.receive() != number) {
      throw new TestbedException(
          "a datagram did not come back within " + Datagrams.WAIT_MS + " ms");
    }
    return System.nanoTime() - start;
  }

  @Override
  public void close() {
    socket.close();
  }
}
