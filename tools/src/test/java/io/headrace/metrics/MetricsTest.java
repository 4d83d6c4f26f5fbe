package io.headrace.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.Counters;
import io.headrace.counters.Directory;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.metrics.Source.Owner;
import io.headrace.metrics.Source.Type;
import io.headrace.testbed.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
  private static final Directory.State UP =
      new Directory.State("up", true, "", Instant.ofEpochSecond(1000), "ready");
  private static final Path DASHBOARD = Path.of("..", "docs", "grafana.json");

  @TempDir private Path directory;
  private final Counters counters = Counters.inMemory();

  private static Directory.Server server(int id, String name, boolean configured) {
    return new Directory.Server(id, "pool", name, "192.0.2.1:" + id, 7, configured, UP);
  }

  private void directory() {
    counters.directory(
        new Directory(
            List.of("pool"),
            List.of(new Directory.Frontend(1, "web", "192.0.2.9:80", "tcp", "passthrough", "pool")),
            List.of(server(1, "one", true), server(2, "gone", false))));
  }

  /** Something for each metric. */
  private void count() {
    directory();
    for (Source source : Sources.ALL) {
      Name name = Name.of(source.metric());
      if (source.owner() != Owner.PROCESS || source.metric().name().startsWith("FRONTEND")) {
        name = name.id(1);
      }
      if (!source.kind().isEmpty()) {
        name = name.kind("some \"kind\"");
      }
      if (source.type() == Type.HISTOGRAM) {
        counters.times(name).record(1_700, 1);
      } else {
        counters.counter(name).setOrdered(3);
      }
    }
  }

  private String scrape(String types) throws IOException {
    Exposition exposition = new Exposition(counters.view());
    return new String(exposition.scrape(exposition.format(types)));
  }

  private void assertTells(String line) throws IOException {
    String text = scrape("");
    assertTrue(text.lines().anyMatch(line::equals), text);
  }

  @Test
  void allThatIsCountedIsTold() throws IOException {
    Set<Metric> missing = EnumSet.allOf(Metric.class);
    Sources.ALL.forEach(each -> missing.remove(each.metric()));
    assertEquals(Set.of(Metric.SERVER_UP), missing);
    count();
    String text = scrape("");
    for (Source source : Sources.ALL) {
      String name =
          switch (source.type()) {
            case COUNTER -> source.family() + "_total";
            case GAUGE -> source.family();
            case HISTOGRAM -> source.family() + "_bucket";
          };
      assertTrue(text.lines().anyMatch(line -> line.matches(name + "[{ ].*")), name);
    }
  }

  @Test
  void workersAddUpAndTimesAreInSeconds() throws IOException {
    directory();
    counters.counter(Name.of(Metric.FRONTEND_CONNECTIONS).id(1).worker(0)).setOrdered(2);
    counters.counter(Name.of(Metric.FRONTEND_CONNECTIONS).id(1).worker(1)).setOrdered(3);
    counters.times(Name.of(Metric.PAUSE_TIME).kind("ThreadDump")).record(1_500_000_000, 1);
    assertTells("headrace_frontend_connections_total{frontend=\"web\"} 5.0");
    assertTells("headrace_connections_total 5.0");
    assertTells("headrace_jvm_pause_seconds_sum{operation=\"ThreadDump\"} 1.5");
  }

  @Test
  void aTimeIsInTheBucketsThatItIsSurelyNoLongerThan() throws IOException {
    directory();
    counters.times(Name.of(Metric.STAGE_TIME).kind("whole").worker(0)).record(900, 1);
    counters.times(Name.of(Metric.STAGE_TIME).kind("whole").worker(1)).record(2_600, 2);
    counters.times(Name.of(Metric.STAGE_TIME).kind("whole").worker(1)).record(3_000_000_000L, 1);
    assertTells("headrace_stage_seconds_bucket{stage=\"whole\",le=\"1.0E-6\"} 1");
    assertTells("headrace_stage_seconds_bucket{stage=\"whole\",le=\"2.5E-6\"} 1");
    assertTells("headrace_stage_seconds_bucket{stage=\"whole\",le=\"5.0E-6\"} 3");
    assertTells("headrace_stage_seconds_bucket{stage=\"whole\",le=\"0.1\"} 3");
    assertTells("headrace_stage_seconds_bucket{stage=\"whole\",le=\"+Inf\"} 4");
    assertTells("headrace_stage_seconds_count{stage=\"whole\"} 4");
    assertTells("headrace_stage_seconds_sum{stage=\"whole\"} 3.0000061");
  }

  @Test
  void aServerThatHasLeftCountsForItsBackendAndIsToldWhileItHasConnections() throws IOException {
    directory();
    counters.counter(Name.of(Metric.SERVER_CONNECTIONS).id(1)).setOrdered(2);
    counters.counter(Name.of(Metric.SERVER_CONNECTIONS).id(2)).setOrdered(3);
    String gone = "headrace_server_connections_total{backend=\"pool\",server=\"gone\"} 3.0";
    assertTells("headrace_backend_connections_total{backend=\"pool\"} 5.0");
    assertTells("headrace_server_connections_total{backend=\"pool\",server=\"one\"} 2.0");
    assertFalse(scrape("").contains(gone), scrape(""));
    counters.counter(Name.of(Metric.SERVER_OPEN).id(2)).setOrdered(1);
    assertTells(gone);
  }

  @Test
  void whatServersAreIsTold() throws IOException {
    directory();
    assertTells("headrace_server_up{backend=\"pool\",server=\"one\"} 1.0");
    assertTells("headrace_server_weight{backend=\"pool\",server=\"one\"} 7.0");
    assertTells("headrace_server_state{backend=\"pool\",server=\"one\",state=\"up\"} 1.0");
    assertTells("headrace_server_state{backend=\"pool\",server=\"one\",state=\"down\"} 0.0");
    assertTells("headrace_server_admin_state{backend=\"pool\",server=\"one\",state=\"ready\"} 1.0");
    assertTells("headrace_server_info{address=\"192.0.2.1:1\",backend=\"pool\",server=\"one\"} 1");
    assertTells(
        "headrace_server_state_changed_timestamp_seconds{backend=\"pool\",server=\"one\"} 1000.0");
  }

  @Test
  void whoAcceptsOpenMetricsGetsIt() throws IOException {
    count();
    String text = scrape(OPEN_METRICS);
    assertTrue(text.endsWith("# EOF\n"), text);
    assertTrue(text.contains("# TYPE headrace_frames_received counter\n"), text);
    assertTrue(text.contains("# UNIT headrace_frontend_connect_seconds seconds\n"), text);
    assertFalse(scrape("text/plain").contains("# EOF"));
  }

  @Test
  @Tag("network") // It needs a program.
  void promtoolHasNothingToSay() throws Exception {
    Programs.require("promtool");
    count();
    Path text = Files.writeString(directory.resolve("metrics.txt"), scrape(""));
    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics")
            .redirectInput(text.toFile())
            .redirectErrorStream(true)
            .start();
    assertEquals("", new String(promtool.getInputStream().readAllBytes()));
    assertEquals(0, promtool.waitFor());
  }

  @Test
  void theDashboardForGrafanaNamesNothingThatIsNotTold() throws IOException {
    count();
    Set<String> told =
        scrape("")
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("[{ ]")[0])
            .collect(Collectors.toSet());
    Set<String> named =
        Pattern.compile("(headrace|process|jvm)_[a-z_]+")
            .matcher(Files.readString(DASHBOARD))
            .results()
            .map(MatchResult::group)
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(named.size() > 20, named::toString);
    named.removeAll(told);
    assertEquals(Set.of(), named);
  }
}
