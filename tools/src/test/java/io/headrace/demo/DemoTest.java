package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.PassthroughConfig.Io;
import io.headrace.testbed.RequiresTestbed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresTestbed
class DemoTest {
  private static final long LIMIT_SECONDS = 120;

  @TempDir Path temporary;

  @ParameterizedTest
  @EnumSource(names = {"PACKET", "PCAP"})
  void theWholeDemoGoesWell(Io io) throws Exception {
    Path pcap = temporary.resolve("demo.pcap");
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    Report report =
        Demo.run(
            new DemoOptions(io, Optional.of(pcap)), new Progress(new PrintStream(progress), false));

    assertEquals(List.of(), report.problems(), progress::toString);
    assertTrue(report.latency().kept().headrace().requests() > 0);
    assertTrue(report.latency().fresh().straight().requests() > 0);
    for (Share share : report.latency().shares()) {
      assertTrue(share.connections() > 0, share.toString());
    }
    assertEquals(
        List.of("kernel", "capture", "ring_wait", "worker", "transmit_wait", "transmit", "whole"),
        report.stages().stream().map(BalancerStats.Stage::name).toList());
    report.stages().forEach(stage -> assertTrue(stage.count() > 0, stage.toString()));
    assertTrue(report.frames().forwarded() > 0);
    assertEquals(io == Io.PACKET, report.frames().offloaded() > 0, report.frames()::toString);
    assertTrue(Files.size(pcap) > report.restart().bytes(), "the downloads are in the capture");
    assertEquals(8, progress.toString().lines().count(), progress.toString());
    assertEquals(
        List.of(), progress.toString().lines().filter(line -> line.length() > 80).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"network    client", "servers    nginx", "balancer   ready"})
  void anInterruptedDemoLeavesNothingBehind(String moment) throws Exception {
    Path log = temporary.resolve("log");
    Process demo = start(log);
    try {
      await(demo, log, moment);
      assertFalse(files(demo).isEmpty(), "there is something to remove");
      interrupt(demo);
      assertTrue(demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it still runs");
    } finally {
      end(demo);
    }
    assertEquals(130, demo.exitValue(), Files.readString(log));
    assertEquals(List.of(), files(demo));
    assertEquals(List.of(), processes(demo));
    assertTrue(Files.readString(log).contains("interrupted"), Files.readString(log));
    assertFalse(Files.readString(log).contains("Exception"), Files.readString(log));
  }

  @Test
  void aBalancerThatDiesEndsTheDemoAtOnceWithWhatItSaidLast() throws Exception {
    Path log = temporary.resolve("log");
    Process demo = start(log);
    try {
      await(demo, log, "balancer   ready");
      balancer(demo).destroyForcibly();
      assertTrue(demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it still runs");
    } finally {
      end(demo);
    }
    assertEquals(1, demo.exitValue(), Files.readString(log));
    List<String> said =
        Files.readString(log).lines().filter(line -> !line.startsWith("[")).toList();
    assertEquals("headrace: the balancer has ended", said.getFirst());
    assertTrue(said.getLast().startsWith("  balancer: "), said.toString());
    assertTrue(said.getLast().contains("ready: passthrough on eth0"), said.toString());
    assertEquals(List.of(), files(demo));
  }

  @Test
  void aCaptureThatCannotBeKeptIsRefusedBeforeAnythingIsBuilt() throws Exception {
    Path log = temporary.resolve("log");
    Process demo = start(log, "--pcap", temporary.resolve("none/x.pcap").toString());
    try {
      assertTrue(demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it still runs");
    } finally {
      end(demo);
    }
    assertEquals(1, demo.exitValue(), Files.readString(log));
    assertEquals(
        "headrace: %s/none/x.pcap: no such file".formatted(temporary),
        Files.readString(log).strip());
  }

  /** In a session of its own, as a shell on a terminal would start it. */
  private static Process start(Path log, String... options) throws IOException {
    ProcessBuilder demo = DemoCommandLine.of(List.of(), options);
    demo.command().addAll(0, List.of("env", "--default-signal=INT", "setsid"));
    return demo.redirectError(log.toFile()).start();
  }

  /** It removes what it has made if it is asked to; killed, it cannot. */
  private static void end(Process demo) throws InterruptedException {
    demo.destroy();
    if (!demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      demo.destroyForcibly();
    }
  }

  private static void await(Process demo, Path log, String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!Files.readString(log).contains(text)) {
      assertTrue(demo.isAlive() && System.nanoTime() - end < 0, Files.readString(log));
      Thread.sleep(5);
    }
  }

  /** As Ctrl-C on a terminal does: the signal goes to the programs of the demo as well. */
  private static void interrupt(Process demo) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-INT", "--", "-" + demo.pid()).start().waitFor());
  }

  /** By its whole command line: ProcessHandle knows the first 4096 bytes, all class path. */
  private static ProcessHandle balancer(Process demo) {
    return demo.descendants()
        .filter(each -> read("/proc/%d/cmdline".formatted(each.pid())).contains("\0run\0-p\0"))
        .findFirst()
        .orElseThrow();
  }

  /** Namespaces and files of the demo. */
  private static List<String> files(Process demo) throws IOException {
    String prefix = "hr-" + demo.pid() + "-";
    List<String> left = new ArrayList<>();
    for (Path directory :
        List.of(Path.of("/run/netns"), Path.of(System.getProperty("java.io.tmpdir")))) {
      try (Stream<Path> files = Files.list(directory)) {
        files.map(Path::toString).filter(name -> name.contains(prefix)).forEach(left::add);
      }
    }
    return left;
  }

  /** Processes of the demo's session; one that has ended may wait for process 1 to collect it. */
  private static List<String> processes(Process demo) {
    return ProcessHandle.allProcesses()
        .map(process -> stat(process.pid()))
        .filter(stat -> stat.matches(".*\\) [^Z] \\d+ \\d+ %d .*".formatted(demo.pid())))
        .toList();
  }

  /** proc(5): pid (name) state parent group session. */
  private static String stat(long pid) {
    return read("/proc/%d/stat".formatted(pid)).strip();
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }
}
