package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headrace.counters.CountersView;
import io.headrace.counters.Counts;
import io.headrace.counters.Metric;
import io.headrace.monitor.Balancers;
import io.headrace.testbed.Arm;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections whose frames the kernel forwards are connections as any other. */
@RequiresTestbed
class OffloadTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int DOWNLOADS = 5;
  private static final int UDP_PORT = 5353;
  private static final long BODY = NginxServer.bigBody().length;

  private final Testbed bed = Testbed.oneArm(2);

  @BeforeEach
  void startServers() {
    bed.servers().forEach(NginxServer::start);
  }

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest(name = "IPv{0}")
  @ValueSource(ints = {4, 6})
  void whatTheKernelForwardsIsExactAndCounted(int family) {
    boolean ipv6 = family == 6;
    assumeTrue(!ipv6 || Arm.hasIpv6(), "this kernel has no IPv6");
    Setup setup = ipv6 ? Setup.ipv6(bed, Setup.OFFLOAD) : Setup.http(bed, Setup.OFFLOAD);
    RunningBalancer balancer = start(setup);
    CountersView view = Balancers.find(Optional.of(Long.toString(balancer.pid())));
    String frontend = ipv6 ? bed.balancer().ipv6() : bed.balancer().address();

    Result result =
        JavaProgram.run(bed.client(), LIMIT, Transfers.class, "download", frontend, DOWNLOADS);

    assertEquals("exact: " + DOWNLOADS, result.out().strip(), () -> result + balancer.log());
    Eventually.isTrue(
        "all bytes are counted, and no connection is left",
        () ->
            balancer.number("total_bytes_rx") > DOWNLOADS * BODY
                && balancer.number("current_connections") == 0,
        balancer::stats);
    Counts counts = view.counts();
    assertTrue(
        counts.sum(Metric.FRAMES_OFFLOADED) > counts.sum(Metric.FRAMES_FORWARDED), balancer::stats);
    assertEquals(0, counts.sum(Metric.FLOWS_OFFLOADED), balancer::stats);
    balancer.stop();
  }

  @Test
  void aConnectionThatOnlyTheKernelSeesLivesAndOneThatIsSilentDoesNot() {
    RunningBalancer balancer =
        start(Setup.http(bed, Setup.OFFLOAD).also("[passthrough.timeouts]\nestablished = 2\n"));
    assertShortOnesStayWithThePipeline(balancer);
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());
    Eventually.isTrue(
        "it is not offloaded", () -> balancer.number("offloaded") > 100, balancer::stats);
    long pipeline = balancer.number("received");

    Eventually.pause(3000);
    connection.goesOn();
    assertEquals(1, balancer.number("current_connections"), balancer::stats);
    // Health checks are none of it; nothing of the connection has come to the pipeline.
    assertTrue(balancer.number("received") < pipeline + 100, balancer::stats);
    assertProfiled(balancer);

    connection.pause();
    Eventually.isTrue(
        "it has not timed out", () -> balancer.number("current_connections") == 0, balancer::stats);
    connection.close();
  }

  private void assertShortOnesStayWithThePipeline(RunningBalancer balancer) {
    String url = "http://" + bed.balancer().address() + "/";
    for (int i = 0; i < 10; i++) {
      Result request =
          bed.client().run("curl", "-sS", "--fail", "-o", "/dev/null", url, "-o", "/dev/null", url);
      assertTrue(request.ok(), request::toString);
    }
    Eventually.isTrue(
        "they have ended", () -> balancer.number("current_connections") == 0, balancer::stats);
    assertTrue(balancer.number("forwarded") >= 100, balancer::stats);
    assertEquals(0, balancer.number("offloaded"), balancer::stats);
  }

  private void assertProfiled(RunningBalancer balancer) {
    String folder = bed.balancer().directory().resolve("profile").toString();
    String[] command =
        RunningBalancer.tool(
            "profile",
            Long.toString(balancer.pid()),
            "--seconds",
            "1",
            "--bpf",
            "--json",
            "-o",
            folder);
    Result profile = bed.balancer().run(command);
    assertTrue(profile.ok(), profile::toString);
    String programs =
        "(?s).*\"frames_offloaded\" : [1-9].*\"filter\" : \\{\\s+\"runs\" : [1-9]\\d*,"
            + "\\s+\"mean_ns\" : [1-9].*\"nat\" : \\{\\s+\"runs\" : [1-9].*";
    assertTrue(profile.out().matches(programs), profile::toString);
  }

  @Test
  void aServerThatLosesItsConnectionsLosesThoseThatTheKernelForwards() {
    RunningBalancer balancer = start(Setup.http(bed, Setup.OFFLOAD).onDown("reset"));
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());
    Eventually.isTrue(
        "it is not offloaded", () -> balancer.number("offloaded") > 100, balancer::stats);
    bed.servers().stream()
        .filter(server -> server.name().equals(connection.server()))
        .forEach(server -> server.run("ip", "link", "set", "eth0", "down"));
    connection.breaks();
  }

  @Test
  void datagramsAreForwardedAndLeaveAServerThatIsGone() {
    for (Host server : bed.servers()) {
      JavaProgram.start(server, UdpEcho.class, UDP_PORT).awaitOutput("ready", LIMIT);
    }
    RunningBalancer balancer = start(udp(bed.servers().getFirst()));
    HostProcess talk =
        JavaProgram.start(bed.client(), UdpKeepAlive.class, bed.balancer().address(), UDP_PORT);
    Eventually.isTrue(
        "they are not offloaded", () -> balancer.number("offloaded") > 100, balancer::stats);
    long pipeline = balancer.number("received");
    long answers = answers(talk);
    Eventually.isTrue("there are answers", () -> answers(talk) > answers + 100, talk::output);
    // Nothing of it has come to the pipeline.
    assertTrue(balancer.number("received") < pipeline + 100, balancer::stats);

    // Those of the server that leaves would come to a kernel that has nobody listen.
    balancer.reload(udp(bed.servers().getLast()));
    bed.servers().getFirst().run("ip", "link", "set", "eth0", "down");
    long moved = answers(talk);
    Eventually.isTrue("they go on", () -> answers(talk) > moved + 100, talk::output);
    assertEquals(2, balancer.number("total_connections"), balancer::stats);
    assertEquals(1, balancer.number("current_connections"), balancer::stats);

    talk.kill();
    Eventually.isTrue(
        "none is left", () -> balancer.number("current_connections") == 0, balancer::stats);
    assertEquals(0, balancer.number("faults"), balancer::stats);
  }

  private static long answers(HostProcess talk) {
    return talk.output().lines().count();
  }

  private Setup udp(Host server) {
    return Setup.http(bed, Setup.OFFLOAD)
        .listen(bed.balancer().address() + ":" + UDP_PORT)
        .protocol("udp")
        .healthCheck("{ interval = 0 }")
        .withoutServers()
        .server(server.name(), server.address() + ":" + UDP_PORT, 1)
        .also("[passthrough.timeouts]\nudp_replied = 2\n");
  }

  /** As it is where the file says nothing, and where it insists. */
  @ParameterizedTest
  @CsvSource({"packet, INFO", "offload, WARN"})
  void whereTheKernelRefusesOneLineSaysSoAndThePipelineForwards(String io, String level) {
    RunningBalancer.write(bed.balancer(), Setup.http(bed, io).toml());
    HostProcess process = RunningBalancer.launchWithout("-bpf,-sys_admin", bed.balancer());
    process.awaitOutput(" ready: ", LIMIT);

    assertEquals(20, Requests.make(bed.client(), bed.balancer().address(), 20).answered());
    process.terminate();
    process.await(LIMIT);
    List<String> said =
        process.output().lines().filter(line -> line.matches(".*([Oo]ffload|BPF|WARN).*")).toList();
    assertEquals(1, said.size(), process::output);
    String line = level + ".* flows are not offloaded to the kernel: .*CAP_BPF.*";
    assertTrue(said.getFirst().matches(".*" + line), process::output);
  }

  private RunningBalancer start(Setup setup) {
    return RunningBalancer.start(bed.balancer(), setup);
  }
}
