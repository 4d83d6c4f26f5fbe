package io.headrace.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.config.PassthroughConfig.Io;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Summary GOOD =
      new Summary(2_000, Map.of(), 112_000, 1_240_000, 9_100_000, 2_100_000_000);

  @Test
  void aDemoWithoutErrorsIsGood() {
    Report report = report();
    assertEquals(List.of(), report.problems());
    assertTrue(text(report).contains("Good: every body was right"), text(report));
  }

  @Test
  void errorsThatTheStoppedServerDoesNotExplainAreAProblem() {
    Report report = report(GOOD, Map.of(Fault.REFUSED, 2L), 80, List.of());
    assertEquals(
        List.of("errors that the stop of server3 does not explain: 2 (2 refused)"),
        report.problems());
    assertTrue(text(report).contains("Failed:"), text(report));
  }

  @Test
  void aServerThatGetsNothingAfterItsReturnIsAProblem() {
    assertEquals(
        List.of("server3 got no requests after its return"),
        report(GOOD, Map.of(), 0, List.of()).problems());
  }

  @Test
  void aDownloadThatBreaksOverTheRestartIsAProblem() {
    assertEquals(
        List.of("download over the restart: reset after 5 of 10 bytes: Connection reset"),
        report(GOOD, Map.of(), 80, List.of("reset after 5 of 10 bytes: Connection reset"))
            .problems());
  }

  @Test
  void aWrongBodyWithAllServersUpIsAProblem() {
    Summary wrong = new Summary(2_000, Map.of(Fault.WRONG, 1L), 1, 1, 1, 1);
    assertEquals(
        List.of("errors with all servers up: 1 (1 wrong)"),
        report(wrong, Map.of(), 80, List.of()).problems());
  }

  @Test
  void errorsOnTheStraightPathAreAProblem() {
    Summary refused = new Summary(2_000, Map.of(Fault.REFUSED, 3L), 1, 1, 1, 1);
    Report good = report();
    assertEquals(
        List.of("errors on the straight path: 3 (3 refused)"),
        with(
                good,
                new LatencyPhase.Result(
                    new Comparison<>(refused, GOOD),
                    good.latency().fresh(),
                    good.latency().shares()),
                good.flatOut())
            .problems());
  }

  @Test
  void aServerWithoutAConnectionIsAProblem() {
    Report good = report();
    List<Share> shares = List.of(new Share("server1", 1, 0), new Share("server2", 2, 5));
    assertEquals(
        List.of("server1 got no connection while all were up"),
        with(
                good,
                new LatencyPhase.Result(good.latency().kept(), good.latency().fresh(), shares),
                good.flatOut())
            .problems());
  }

  @Test
  void aRunFlatOutThatFailsIsAProblemAndTheReportIsThere() {
    Report good = report();
    Report failed =
        with(
            good,
            good.latency(),
            new FlatOutPhase.Result(
                new Comparison<>(new Wrk(0, 0, 0, "unable to connect"), new Wrk(30_000, 0, 2, "")),
                good.flatOut().fresh()));
    assertEquals(
        List.of(
            "flat out, connections kept, straight: wrk failed: unable to connect",
            "flat out, connections kept, through Headrace: 0 errors, 2 wrong bodies"),
        failed.problems());
    assertTrue(text(failed).contains("connections kept                             0      30,000"));
    assertFalse(text(failed).contains("NaN"), text(failed));
  }

  @Test
  void noLineIsLongerThanATerminalIsWide() {
    assertEquals(List.of(), text(report()).lines().filter(line -> line.length() > 80).toList());
  }

  @Test
  void theTextHasEveryPart() {
    String text = text(report());
    for (String part :
        List.of(
            "Passthrough (pcap)",
            "Headrace           2,000        0   112 us  1.24 ms  9.10 ms",
            "connections kept                        40,000      30,000  (75 %)",
            "server2    weight 2             33.3 %  30.0 %  #########",
            "out after 600 ms: 300 answers, errors: 41 (40 refused, 1 reset)",
            "while out: 900 answers, errors: 0",
            "back after 500 ms: 80 answers from it since",
            "stopped in 400 ms, forwarding again after another 2.10 s",
            "downloads of 10.0 MB: 4 of 4 whole and right",
            "ring wait                           30,000",
            "received 100, forwarded 90",
            "by the kernel alone (offload): 800",
            "dropped: no_flow 3",
            "left to the kernel: arp 7")) {
      assertTrue(text.contains(part), () -> "no '" + part + "' in\n" + text);
    }
  }

  @Test
  void theJsonHasTheSameFigures() throws IOException {
    String json = report().json();
    List<String> keys = keys(json);
    for (String key :
        List.of(
            "good",
            "problems",
            "io",
            "latency",
            "flat_out",
            "shares",
            "outage",
            "restart",
            "stages",
            "frames")) {
      assertTrue(keys.contains(key), () -> key + " is missing in " + json);
    }
    assertTrue(json.contains("\"good\" : true"), json);
    assertTrue(json.contains("\"p999_ns\" : 9100000"), json);
    assertTrue(json.contains("\"refused\" : 40"), json);
  }

  /** Of the outermost object; fails where the text is not JSON. */
  private static List<String> keys(String json) throws IOException {
    List<String> keys = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      assertEquals(JsonToken.START_OBJECT, parser.nextToken());
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        keys.add(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
    }
    return keys;
  }

  private static String text(Report report) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    report.print(new PrintStream(out));
    return out.toString();
  }

  private static Report report() {
    return report(GOOD, Map.of(), 80, List.of());
  }

  private static Report with(
      Report other, LatencyPhase.Result latency, FlatOutPhase.Result flatOut) {
    return new Report(
        other.options(),
        latency,
        other.outage(),
        other.restart(),
        flatOut,
        other.stages(),
        other.frames(),
        other.log());
  }

  private static Report report(
      Summary fresh, Map<Fault, Long> unexplained, long servedAgain, List<String> failures) {
    return new Report(
        new DemoOptions(Io.PCAP, Optional.empty()),
        new LatencyPhase.Result(
            new Comparison<>(GOOD, GOOD),
            new Comparison<>(GOOD, fresh),
            List.of(
                new Share("server1", 1, 200),
                new Share("server2", 2, 300),
                new Share("server3", 3, 500))),
        new Outage(
            "server3",
            600_000_000,
            300,
            new TreeMap<>(Map.of(Fault.REFUSED, 40L, Fault.RESET, 1L)),
            900,
            unexplained,
            500_000_000,
            servedAgain),
        new Restart(400_000_000, 2_100_000_000, 4, 10_000_000, failures, GOOD, GOOD),
        new FlatOutPhase.Result(
            new Comparison<>(new Wrk(40_000, 0, 0, ""), new Wrk(30_000, 0, 0, "")),
            new Comparison<>(new Wrk(8_000, 0, 0, ""), new Wrk(6_000, 0, 0, ""))),
        List.of(new BalancerStats.Stage("ring_wait", 30_000, 900, 5_000, 20_000, 1_000_000)),
        new BalancerStats(
            Map.of(), 100, 90, 800, Map.of("no_flow", 3L), Map.of("arp", 7L), List.of()),
        List.of("ready"));
  }
}
