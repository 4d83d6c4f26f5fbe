package io.headrace.cli;

import static io.headrace.cli.InProcess.DONE;
import static io.headrace.cli.InProcess.FAILED;
import static io.headrace.cli.InProcess.WRONG_USAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.Counters;
import io.headrace.counters.Event;
import io.headrace.counters.FrameTraces;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.counters.Times;
import io.headrace.io.CaptureFileSink;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import io.headrace.profile.RecordedTimes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ProfileCommandTest {
  private static final List<String> STAGES =
      List.of("kernel", "capture", "ring_wait", "worker", "transmit_wait", "transmit");
  private static final long STALL_NS = 2_000_000;

  @TempDir Path folder;
  @RegisterExtension final InProcess profile = new InProcess("profile");

  /** Counts as a pipeline does, with a stall in the worker now and then. */
  private static final class Pretended implements AutoCloseable {
    private final String file;
    private final Counters counters;
    private final Thread thread;
    private volatile boolean ends;

    Pretended(Path file) {
      this.file = file.toString();
      counters = Counters.create(file, Path.of("config.toml"));
      thread = Thread.ofPlatform().daemon().start(this::run);
    }

    private void run() {
      Random random = new Random(8);
      FrameTraces traces = counters.traces();
      for (int round = 0; !ends; round++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        boolean stalls = round % 100 == 50;
        long now = System.nanoTime();
        long whole = 0;
        traces.begin(now, 8, round % 2);
        for (int stage = 0; stage < STAGES.size(); stage++) {
          long ns = (long) (300 * (stage + 1) * Math.exp(random.nextGaussian()));
          ns += stalls && stage == 3 ? STALL_NS : 0;
          whole += stage == 0 ? 0 : ns;
          traces.stage(stage, ns);
          times(STAGES.get(stage)).record(ns, 8);
        }
        traces.end();
        times("whole").record(whole, 8);
        counters.counter(Name.of(Metric.FRAMES_RECEIVED)).getAndAdd(8);
        counters.counter(Name.of(Metric.FRAMES_FORWARDED)).getAndAdd(8);
        counters.counter(Name.of(Metric.FRAMES_OFFLOADED)).getAndAdd(24);
        if (stalls) {
          // Each is longer than the one before.
          long stallNs = STALL_NS + round * 1000L;
          counters.events().add(new Event(Event.Kind.STALL, now, stallNs, "worker-1"));
        }
        if (round % 700 == 300) {
          counters.events().add(new Event(Event.Kind.PAUSE, now, 3 * STALL_NS, "ThreadDump"));
        }
      }
    }

    private Times times(String stage) {
      return counters.times(Name.of(Metric.STAGE_TIME).kind(stage));
    }

    @Override
    public void close() {
      ends = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      counters.close();
    }
  }

  @Test
  void aPageTheRawHistogramsAndJsonAreWritten() throws Exception {
    Path to = folder.resolve("first");
    try (Pretended balancer = new Pretended(folder.resolve("balancer.counters"))) {
      assertEquals(
          DONE, profile.run(balancer.file, "--seconds", "2", "-o", to.toString(), "--json"));
    }
    String page = Files.readString(to.resolve("report.html"));
    assertTrue(page.contains("<svg"), page);
    assertFalse(page.contains("<script"), "it needs none");
    assertFalse(page.contains("http://") && page.contains("src="), "it needs no other file");
    assertLongestFirst(page);
    assertTrue(page.contains("99.9 %: 2."), "the slow frame is one that stalled: " + page);
    assertTrue(page.contains("forwarded by the kernel: 75 % of all"), page);
    String json = profile.said();
    assertTrue(json.contains("\"where\" : \"worker-1\""), json);
    Histogram worker = RecordedTimes.of(to, "worker");
    assertTrue(worker.getTotalCount() > 0);
    assertTrue(worker.getMaxValue() >= STALL_NS, worker::toString);
    assertTrue(RecordedTimes.of(to, "ring_wait").getMaxValue() < STALL_NS);
  }

  private static void assertLongestFirst(String page) {
    List<Double> begun =
        Pattern.compile("<td>stall, worker-1</td><td>([0-9.]+) s</td>")
            .matcher(page)
            .results()
            .map(row -> Double.valueOf(row.group(1)))
            .toList();
    assertTrue(begun.size() > 1, page);
    assertEquals(begun.stream().sorted(Comparator.reverseOrder()).toList(), begun);
  }

  @Test
  void aReplayIsRecordedToItsEndAndTwoAreCompared() throws Exception {
    Path in = folder.resolve("in.pcap");
    try (CaptureFileSink sink = new CaptureFileSink(in)) {
      for (int port = 1024; port < 3024; port++) {
        sink.send(FrameBuilder.tcp("192.0.2.9", port, "10.0.0.2", 80).flags(Tcp.SYN).frame());
      }
    }
    Path config =
        Files.writeString(
            folder.resolve("config.toml"),
            """
            [frontends.web]
            listen_addr = "10.0.0.2:80"
            backend = "pool"
            [backends.pool.servers.a]
            addr = "10.0.0.11:80"
            """);
    for (String name : List.of("one", "two")) {
      assertEquals(
          DONE,
          profile.run(
              "--replay",
              in.toString(),
              "--config",
              config.toString(),
              "-o",
              folder.resolve(name).toString()),
          profile::said);
      assertEquals(2000, RecordedTimes.of(folder.resolve(name), "whole").getTotalCount());
    }
    profile.forget();
    String one = folder.resolve("one").toString();
    assertEquals(
        DONE, profile.run("--compare", one, folder.resolve("two").toString()), profile::said);
    assertTrue(
        profile.said().matches("(?s)STAGE +FIRST +SECOND +RATIO\n.*whole +mean .*"), profile::said);
    assertEquals(FAILED, profile.run("--compare", one, config.toString()), profile::said);
  }

  @Test
  void whatMakesNoSenseIsALine() {
    assertEquals(WRONG_USAGE, profile.run("--seconds", "0"));
    assertEquals(WRONG_USAGE, profile.run("--jfr", "--replay", "in.pcap"));
    assertEquals(WRONG_USAGE, profile.run("--bpf", "--replay", "in.pcap"));
    profile.forget();
    assertEquals(WRONG_USAGE, profile.run("--replay", "none.pcap", "--config", "none.toml"));
    assertTrue(profile.said().startsWith("none.toml"), profile::said);
    assertEquals(1, profile.said().lines().count(), profile::said);
  }
}
