package io.headrace.cli;

import static io.headrace.cli.InProcess.DONE;
import static io.headrace.cli.InProcess.FAILED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.headrace.counters.Counters;
import io.headrace.counters.Directory;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Reads a file that stands for a balancer's. */
class StatsCommandTest {
  private static final Directory.State UP =
      new Directory.State("up", true, "passes its checks", Instant.EPOCH, "ready");
  private static final Directory.State DOWN =
      new Directory.State("down", false, "refused", Instant.EPOCH, "ready");

  @TempDir Path folder;
  @RegisterExtension final InProcess stats = new InProcess("stats");
  private Path file;

  @BeforeEach
  void fill() {
    file = folder.resolve("balancer.counters");
    Counters counters = Counters.create(file, Path.of("config.toml"));
    counters.directory(
        new Directory(
            List.of("pool"),
            List.of(new Directory.Frontend(0, "web", "192.0.2.1:80", "tcp", "passthrough", "pool")),
            List.of(
                new Directory.Server(0, "pool", "one", "192.0.2.21:8080", 1, true, UP),
                new Directory.Server(1, "pool", "two", "192.0.2.22:8080", 1, true, DOWN))));
    counters.counter(Name.of(Metric.FRAMES_RECEIVED)).getAndAdd(1000);
    counters.counter(Name.of(Metric.FRAMES_FORWARDED)).getAndAdd(990);
    counters.counter(Name.of(Metric.FRAMES_OFFLOADED).worker(0)).getAndAdd(3000);
    counters.counter(Name.of(Metric.FRAMES_DROPPED).kind("no_flow")).getAndAdd(10);
    counters.counter(Name.of(Metric.FRONTEND_CONNECTIONS).id(0).worker(0)).getAndAdd(12);
    counters.counter(Name.of(Metric.SERVER_UP).id(0)).increment();
    counters.times(Name.of(Metric.STAGE_TIME).kind("worker").worker(0)).record(2_100_000, 990);
    counters.counter(Name.of(Metric.CYCLES_STALLED).kind("worker-1")).increment();
    counters.counter(Name.of(Metric.CYCLE_LONGEST).kind("worker-1")).setRelease(2_100_000);
    counters.times(Name.of(Metric.PAUSE_TIME).kind("ThreadDump")).record(1_400_000, 1);
    long now = System.nanoTime();
    counters.events().add(new Event(Event.Kind.STALL, now, 2_100_000, "worker-1"));
    counters.events().add(new Event(Event.Kind.PAUSE, now, 1_400_000, "ThreadDump"));
    counters.error(new IllegalStateException("as a test"));
  }

  @Test
  void itFitsEightyColumnsAndNamesWhatIsWrong() {
    assertEquals(DONE, stats.run(file.toString()), stats::said);
    assertTrue(stats.said().lines().allMatch(line -> line.length() <= 80), stats::said);
    says("web +tcp pass +192\\.0\\.2\\.1:80 +0 +12 ");
    says("pool/one +up +192\\.0\\.2\\.21:8080 ");
    says("pool/two +down +192\\.0\\.2\\.22:8080 ");
    says("received 1000 +forwarded 990 ");
    says("offloaded to the kernel 3000 \\(75 % of all\\)");
    says("dropped no_flow 10");
    says("worker +990 +2\\.10 ms ");
    says("worker-1, of 1 ms and more +1 +2\\.10 ms +2\\.10 ms, .*s ago");
    says("JVM, ThreadDump +1 +1\\.40 ms +1\\.40 ms, .*s ago");
    says("1 × .* java\\.lang\\.IllegalStateException: as a test");
  }

  @Test
  void jsonIsThatOfThePage() throws IOException {
    assertEquals(DONE, stats.run("--json", file.toString()), stats::said);
    try (JsonParser json = new JsonFactory().createParser(stats.said())) {
      while (json.nextToken() != null) {
        // It has to be well-formed.
      }
    }
    says("\"total_connections\" : 12");
    says("\"192.0.2.22:8080\" : false");
    says("\"no_flow\" : 10");
    says("\"mean_ns\" : 2100000");
    says("\"stalls\" : 1");
    says("\"longest_ns\" : 1400000");
  }

  @Test
  void aFileThatIsNoneIsALine() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.txt"), "hello");
    assertEquals(FAILED, stats.run(text.toString()));
    assertEquals(
        "headrace: " + text + " is no counters file, or cut short: it has 5 bytes\n", stats.said());
  }

  @Test
  void aProcessThatIsNoBalancerIsALine() {
    assertEquals(FAILED, stats.run("1"));
    assertEquals(1, stats.said().lines().count(), stats::said);
    says("^headrace: process 1 is no balancer; ");
  }

  private void says(String pattern) {
    assertTrue(stats.said().matches("(?s).*(?m:" + pattern + ").*"), stats::said);
  }
}
