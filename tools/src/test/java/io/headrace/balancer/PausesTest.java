package io.headrace.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.Counters;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What stops all threads of the JVM has a name, a time and a length. */
class PausesTest {
  private static final int MANY = 2000;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

  private final Counters counters = Counters.inMemory();

  @Test
  void theGarbageCollectorsAndOtherPausesAreTold() throws IOException {
    try (Pauses pauses = new Pauses(counters)) {
      pauses.look();
      long before = System.nanoTime();
      assertTrue(Thread.getAllStackTraces().size() > 1);
      long dumped = System.nanoTime();
      System.gc();
      Event dump = await("ThreadDump", pauses);
      assertEquals(Event.Kind.PAUSE, dump.kind());
      assertTrue(dump.startNs() >= before && dump.startNs() < dumped, dump::toString);
      assertTrue(dump.durationNs() > 0, dump::toString);
      assertEquals(1, dumps());
      await(".*(Collect|GC).*", pauses);
    }
  }

  @Test
  void theLogDoesNotGrow() throws IOException {
    try (Pauses pauses = new Pauses(counters)) {
      pauses.look();
      for (int i = 1; i <= MANY; i++) {
        Thread.getAllStackTraces();
        if (i % 100 == 0) {
          pauses.look();
        }
      }
      // Each time that it is emptied, one may be lost.
      assertTrue(dumps() > MANY - 100, () -> dumps() + " of " + MANY);
      long length = length();
      assertTrue(length < MANY * 100, () -> length + " bytes of " + MANY + " lines");
    }
  }

  /** Of the log, which has no name any more. */
  private static long length() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : files.filter(Files::isSymbolicLink).toList()) {
        if (Files.readSymbolicLink(file).toString().endsWith(".pauses (deleted)")) {
          return Files.size(file);
        }
      }
    }
    throw new AssertionError("there is no log");
  }

  private long dumps() {
    return counters.view().times(Metric.PAUSE_TIME).get("ThreadDump").count();
  }

  /** The JVM tells of it a moment after. */
  private Event await(String operation, Pauses pauses) {
    long end = System.nanoTime() + PATIENCE_NS;
    List<Event> events = new ArrayList<>();
    while (System.nanoTime() < end) {
      pauses.look();
      events.clear();
      counters.view().readEvents(0, events::add);
      for (Event each : events) {
        if (each.where().matches(operation)) {
          return each;
        }
      }
    }
    throw new AssertionError(operation + " is not in " + events);
  }
}
