package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.headrace.monitor.Balancers;
import io.headrace.profile.RecordedTimes;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a thread loses is where it belongs, in all that tells of times: in the mapped file, and in
 * every tool that reads it beside the balancer.
 */
@RequiresTestbed
class StallTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int DEBUGGER = 5005;
  private static final int PROXY_PORT = 8080;
  private static final int ENOUGH = 20;
  private static final String STALLED = "worker-1";
  private static final String EVENT_LOOP = "event-loop-0";

  /** A time of a millisecond or more, as tools print it. */
  private static final String LONG = "[0-9.]+ m?s";

  private final Testbed bed = Testbed.oneArm(1);

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @Test
  void twoMillisecondsThatAThreadLosesAreFoundInItByEveryTool() throws IOException {
    bed.servers().forEach(NginxServer::start);
    Host host = bed.balancer();
    HostProcess balancer = start(host);
    String pid = Long.toString(balancer.pid());
    CountersView view = Balancers.find(Optional.of(pid));

    HostProcess requests = requests(host.address());
    HostProcess staller = stall(STALLED, "io.headrace.pipeline.Worker", "forward");
    awaitStalls(STALLED, view);
    Path folder = host.directory().resolve("profile");
    HostProcess profile = host.start(tool("profile", pid, "--seconds", "3", "-o", folder + ""));
    assertTold(STALLED, top(host, pid));
    assertTold(STALLED, host.run(tool("stats", pid)).out());
    assertEquals(0, profile.await(LIMIT), profile::output);
    requests.kill();
    staller.kill();
    assertProfiled(folder);
    assertCounted(view);

    requests = requests(host.address() + ":" + PROXY_PORT);
    Eventually.isTrue(
        "nothing is proxied", () -> view.counts().sum(Metric.FRONTEND_ENDS) > 0, balancer::output);
    staller = stall("proxy-", "io.headrace.proxy.Side", "channelRead");
    awaitStalls(EVENT_LOOP, view);
    requests.kill();
    staller.kill();
    assertTold(EVENT_LOOP, host.run(tool("stats", pid)).out());
    assertJson(host.run(tool("stats", "--json", pid)).out());
    balancer.terminate();
    assertEquals(0, balancer.await(LIMIT), balancer::output);
  }

  private HostProcess stall(String thread, String type, String method) {
    HostProcess staller =
        JavaProgram.start(bed.balancer(), Staller.class, DEBUGGER, thread, type, method);
    staller.awaitOutput("ready", LIMIT);
    return staller;
  }

  private static void awaitStalls(String thread, CountersView view) {
    Eventually.isTrue(
        "it does not stall",
        () -> view.counts().byKind(Metric.CYCLES_STALLED).get(thread) >= ENOUGH,
        view::counts);
  }

  private HostProcess start(Host host) {
    RunningBalancer.write(
        host,
        Setup.http(bed, "packet")
            .set("offload", "\"off\"")
            .set("workers", "2")
            .set("threading", "\"dedicated\"")
            .also(
                """
                [proxy]
                event_loops = 1
                [frontends.proxied]
                listen_addr = "%s:%d"
                mode = "proxy"
                backend = "pool"
                """
                    .formatted(host.address(), PROXY_PORT))
            .toml());
    List<String> line = new ArrayList<>(Staller.debugged(DEBUGGER));
    line.addAll(List.of(RunningBalancer.command(host)));
    HostProcess balancer = host.start(line.toArray(String[]::new));
    balancer.awaitOutput(" ready: ", LIMIT);
    return balancer;
  }

  /** One after another, a connection each: some are the worker's. */
  private HostProcess requests(String address) {
    return bed.client()
        .start(
            "curl", "-sS", "-H", "Connection: close", "http://%s/?[1-1000000]".formatted(address));
  }

  private static String[] tool(String... arguments) {
    return RunningBalancer.tool(arguments);
  }

  /** What the whole terminal shows; q ends it. */
  private static String top(Host host, String pid) throws IOException {
    Path keys = host.directory().resolve("keys");
    assertTrue(host.run("mkfifo", keys.toString()).ok());
    String command = "stty rows 60 cols 80; TERM=xterm exec " + String.join(" ", tool("top", pid));
    HostProcess top =
        host.start("sh", "-c", "exec script -qefc '%s' /dev/null 0<>%s".formatted(command, keys));
    top.awaitOutput(STALLED, LIMIT);
    Files.writeString(keys, "q");
    assertEquals(0, top.await(LIMIT), top::output);
    return top.output().replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", "\n");
  }

  private static void assertTold(String thread, String screen) {
    says(screen, thread + ", of 1 ms and more +[0-9.]+k? +" + LONG + " +" + LONG + ", .* ago");
    says(screen, "worker +[0-9.]+k?( +\\S+ \\S+){4} +" + LONG);
  }

  private static void assertJson(String json) {
    for (String thread : List.of(STALLED, EVENT_LOOP)) {
      says(
          json,
          "\"" + thread + "\" : \\{\\s+\"longest_cycle_ns\" : [0-9]{7,},\\s+\"stalls\" : [0-9]{2}");
    }
  }

  private static void says(String text, String pattern) {
    assertTrue(text.matches("(?s).*" + pattern + ".*"), text);
  }

  private static void assertProfiled(Path folder) throws IOException {
    String page = Files.readString(folder.resolve("report.html"));
    assertTrue(page.contains("stall, " + STALLED), page);
    String json = Files.readString(folder.resolve("profile.json"));
    says(json, "\"where\" : \"" + STALLED + "\"");
    assertMostIn(
        stalled(RecordedTimes.of(folder, "worker")),
        stalled(RecordedTimes.of(folder, "capture")),
        stalled(RecordedTimes.of(folder, "transmit")));
  }

  private static void assertCounted(CountersView view) {
    Counts counts = view.counts();
    assertTrue(
        counts.byKind(Metric.CYCLE_LONGEST).get(STALLED) >= Staller.STALL_NS, counts::toString);
    assertMostIn(
        counts.byKind(Metric.CYCLES_STALLED).get(STALLED),
        counts.byKind(Metric.CYCLES_STALLED).get("worker-0"),
        counts.byKind(Metric.CYCLES_STALLED).get("capture"),
        counts.byKind(Metric.CYCLES_STALLED).get("transmit"));
    var stages = view.times(Metric.STAGE_TIME);
    assertTrue(stages.get("worker").maxNs() >= Staller.STALL_NS, stages::toString);
    assertMostIn(
        stalled(stages.get("worker").histogram()),
        stalled(stages.get("capture").histogram()),
        stalled(stages.get("transmit").histogram()));
    List<Event> events = new ArrayList<>();
    view.readEvents(0, events::add);
    assertTrue(
        events.stream()
            .filter(each -> each.where().equals(STALLED))
            .anyMatch(each -> each.durationNs() >= Staller.STALL_NS),
        events::toString);
  }

  private static long stalled(Histogram times) {
    return times.getCountBetweenValues(
        Staller.STALL_NS, Math.max(Staller.STALL_NS, times.getMaxValue()));
  }

  /** A busy machine stalls others, too, but not as often. */
  private static void assertMostIn(long stalled, long... others) {
    assertTrue(stalled >= ENOUGH, () -> "there were " + stalled);
    for (long other : others) {
      assertTrue(other < stalled / 2, () -> other + " elsewhere, of " + stalled);
    }
  }
}
