package io.headrace.perf.soak;

import io.headrace.perf.compare.HostTask;
import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.LongStream;

/**
 * Many downloads at once, each over a connection of its own and at the pace that the server sets
 * ({@code /slow}). Every byte is compared.
 */
final class Downloads {
  private static final int CHUNK = 64 * 1024;
  private static final byte[] BODY = NginxServer.bigBody();

  private final InetSocketAddress frontend;
  private final List<HostTask<Void>> tasks = new ArrayList<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger exact = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /** When each moved for the first time after the mark; 0 when it has not. */
  private final AtomicLongArray movedNs;

  private volatile long markNs;

  Downloads(Host client, InetSocketAddress frontend, int count) {
    this.frontend = frontend;
    movedNs = new AtomicLongArray(count);
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(HostTask.start(client, () -> run(number)));
    }
  }

  private Void run(int number) {
    try (HttpConnection connection = new HttpConnection(LongRun.PATIENCE, () -> false)) {
      connection.open(frontend);
      download(connection, number);
      exact.incrementAndGet();
    } catch (IOException e) {
      failures.add("download " + number + ": " + e.getMessage());
    } finally {
      ended.incrementAndGet();
    }
    return null;
  }

  private void download(HttpConnection connection, int number) throws IOException {
    int length = connection.ask("/slow");
    if (length != BODY.length) {
      throw new IOException("another length: " + length);
    }
    begun.incrementAndGet();
    byte[] chunk = new byte[CHUNK];
    for (int at = 0; at < length; ) {
      int read = connection.read(chunk, 0, Math.min(CHUNK, length - at));
      if (markNs != 0 && movedNs.get(number) == 0) {
        movedNs.set(number, System.nanoTime());
      }
      if (Arrays.mismatch(chunk, 0, read, BODY, at, at + read) >= 0) {
        throw new IOException("other bytes than were sent, at " + at);
      }
      at += read;
    }
  }

  /** Returns when every download has its first byte. */
  void awaitBegin() {
    long end = System.nanoTime() + LongRun.PATIENCE.toNanos();
    while (begun.get() < tasks.size()) {
      if (!failures.isEmpty() || System.nanoTime() > end) {
        throw new TestbedException(
            "only %d of %d downloads begin: %s".formatted(begun.get(), tasks.size(), failures));
      }
      Moment.pause(5);
    }
  }

  int inFlight() {
    return tasks.size() - ended.get();
  }

  /** From now on it is noted when each moves again. */
  void mark() {
    markNs = System.nanoTime();
  }

  /** How long after the mark those that were in flight moved again, in seconds, in order. */
  double[] silences() {
    return LongStream.range(0, tasks.size())
        .map(i -> movedNs.get((int) i))
        .filter(moved -> moved != 0)
        .mapToDouble(moved -> (moved - markNs) / 1e9)
        .sorted()
        .toArray();
  }

  /** Waits for the end of all. */
  void await() {
    tasks.forEach(HostTask::result);
  }

  /** Of those that have ended, how many had every byte right. */
  int exact() {
    return exact.get();
  }

  List<String> failures() {
    return List.copyOf(failures);
  }
}
