package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.cli.Headrace;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.testbed.RequiresTestbed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTestbed
class DemoTest {
  private static final long LIMIT_SECONDS = 120;

  @TempDir Path temporary;

  @Test
  void theWholeDemoGoesWell() throws Exception {
    Path pcap = temporary.resolve("demo.pcap");
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    Report report =
        Demo.run(
            new DemoOptions(Io.PACKET, Optional.of(pcap)),
            new Progress(new PrintStream(progress), false));

    assertEquals(List.of(), report.problems(), progress::toString);
    assertTrue(report.latency().kept().headrace().requests() > 0);
    assertTrue(report.latency().fresh().straight().requests() > 0);
    for (Share share : report.latency().shares()) {
      assertTrue(share.connections() > 0, share.toString());
    }
    assertEquals(
        List.of("capture", "ring_wait", "worker", "transmit", "whole"),
        report.stages().stream().map(BalancerStats.Stage::name).toList());
    report.stages().forEach(stage -> assertTrue(stage.count() > 0, stage.toString()));
    assertTrue(report.frames().forwarded() > 0);
    assertTrue(Files.size(pcap) > report.restart().bytes(), "the downloads are in the capture");
    assertEquals(8, progress.toString().lines().count(), progress.toString());
  }

  @Test
  void anInterruptedDemoLeavesNothingBehind() throws Exception {
    Path log = temporary.resolve("log");
    Process demo = new ProcessBuilder(command()).redirectError(log.toFile()).start();
    try {
      await(demo, log, "balancer   ready");
      assertFalse(left(demo).isEmpty(), "there is something to remove");
      interrupt(demo);
      assertTrue(demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it still runs");
    } finally {
      demo.destroyForcibly();
    }
    assertEquals(130, demo.exitValue(), Files.readString(log));
    assertEquals(List.of(), left(demo));
    assertTrue(Files.readString(log).contains("interrupted"), Files.readString(log));
    assertFalse(Files.readString(log).contains("Exception"), Files.readString(log));
  }

  private static List<String> command() {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Headrace.class.getName(), "demo"));
    return command;
  }

  private static void await(Process demo, Path log, String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!Files.readString(log).contains(text)) {
      assertTrue(demo.isAlive() && System.nanoTime() - end < 0, Files.readString(log));
      Thread.sleep(20);
    }
  }

  private static void interrupt(Process demo) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-INT", "" + demo.pid()).start().waitFor());
  }

  /** Namespaces and files of the demo; its processes end with the namespaces. */
  private static List<String> left(Process demo) throws IOException {
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
}
