package io.headrace.perf.compare;

import io.headrace.testbed.Host;
import java.util.OptionalInt;

/** Sends every datagram back to where it came from, until it is closed. */
final class Echo implements AutoCloseable {
  private final HostTask<Long> task;
  private volatile boolean stopping;
  private volatile boolean listening;
  private volatile long firstNs;

  /**
   * Returns when it listens.
   *
   * @param core the only one that it may run on
   */
  Echo(Host host, int port, OptionalInt core) {
    task = HostTask.start(host, () -> run(port, core));
    while (!listening && !task.isDone()) {
      Thread.onSpinWait();
    }
  }

  private Long run(int port, OptionalInt core) {
    core.ifPresent(Cores::pin);
    long answered = 0;
    try (Datagrams socket = Datagrams.listen(port)) {
      listening = true;
      while (!stopping) {
        long number = socket.receive();
        if (number >= 0) {
          if (answered++ == 0) {
            firstNs = System.nanoTime();
          }
          socket.send(number);
        }
      }
    }
    return answered;
  }

  /** When the first datagram came, on the clock of {@link System#nanoTime}; 0 before. */
  long firstNs() {
    return firstNs;
  }

  @Override
  public void close() {
    stopping = true;
    task.result();
  }
}
