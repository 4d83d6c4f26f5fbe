package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

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
  void nothingIsLeftBehind() throws Exception {
    Set<String> before = temporary();
    run(new ByteArrayOutputStream());
    assertEquals(before, temporary());
  }

  private static CaptureReport run(ByteArrayOutputStream progress) throws Exception {
    return CaptureDemo.run(new Progress(new PrintStream(progress), false));
  }

  private static Set<String> temporary() {
    String[] names =
        new File(System.getProperty("java.io.tmpdir"))
            .list((_, name) -> name.startsWith("headrace-demo-"));
    return Set.of(names);
  }
}
