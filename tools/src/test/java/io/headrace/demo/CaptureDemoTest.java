package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.forward.Reason;
import io.headrace.replay.ReplayReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureDemoTest {
  @Test
  void everyFrameIsForwardedAndServersShareByWeight() throws Exception {
    CaptureReport report = run(new ByteArrayOutputStream());
    assertEquals(3L * CaptureDemo.FLOWS, report.replay().frames());
    assertEquals(report.replay().frames(), report.replay().forwarded());
    assertEquals(CaptureDemo.FLOWS, report.shares().stream().mapToLong(Share::connections).sum());
    for (Share share : report.shares()) {
      double expected = CaptureDemo.FLOWS * share.weight() / 6.0;
      // Five standard deviations of a binomial with these shares are below 180.
      assertEquals(expected, share.connections(), 180, share.server());
    }
  }

  @Test
  void theJsonNamesWhatIsMissing() throws Exception {
    String json = run(new ByteArrayOutputStream()).json(List.of("the privilege to do it"));
    assertTrue(json.contains("\"missing\" : [ \"the privilege to do it\" ]"), json);
    assertTrue(json.contains("\"forwarded\" : 15000"), json);
  }

  @Test
  void progressOfAFileIsALineForEachPhase() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    run(out);
    assertEquals(2, out.toString().lines().count(), out.toString());
    assertTrue(out.toString().contains("replay     15,000 of 15,000 frames forwarded"));
  }

  @Test
  void aFrameThatWasNotForwardedIsAProblem() {
    List<Share> shares = List.of(new Share("server1", 1, 2), new Share("server2", 2, 0));
    CaptureReport report =
        new CaptureReport(
            3, new ReplayReport(9, 6, Map.of(Reason.NO_FLOW, 3L), 0, Optional.empty()), shares);
    assertEquals(
        List.of(
            "6 of 9 frames forwarded, 0 faults",
            "not every connection went to a server",
            "server2 got no connection"),
        report.problems());
  }

  @Test
  void withoutTheProgramsThatANetworkTakesTheCommandReplaysAndLeavesOnlyWhatItIsAskedToKeep(
      @TempDir Path temporary, @TempDir Path kept) throws Exception {
    Path pcap = kept.resolve("out.pcap");
    Path log = kept.resolve("log");
    ProcessBuilder command =
        DemoCommandLine.of(
            List.of("-Djava.io.tmpdir=" + temporary), "--io", "pcap", "--pcap", pcap.toString());
    command.environment().put("PATH", "");
    Process demo = command.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertEquals(0, demo.waitFor(), () -> text(log));
    assertTrue(text(log).contains("--io is of no use"), text(log));
    assertTrue(Files.size(pcap) > 3L * CaptureDemo.FLOWS * 54, "it has every frame's headers");
    assertEquals(0, temporary.toFile().list().length);
  }

  private static CaptureReport run(ByteArrayOutputStream progress) throws Exception {
    return CaptureDemo.run(Optional.empty(), new Progress(new PrintStream(progress), false));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
