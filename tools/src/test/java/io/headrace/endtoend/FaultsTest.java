package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network fails in parts, is counted, and is used again when it is back. */
@RequiresTestbed
class FaultsTest {
  private static final int UDP_PORT = 5353;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String QUICK_CHECKS =
      "{ interval = \"300ms\", timeout = \"300ms\", rise = 2, fall = 2 }";

  private final Testbed bed = Testbed.twoArm(2);

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void linksGoDownAndAServerGetsAnotherCard(String io) {
    bed.servers().forEach(NginxServer::start);
    Setup setup = Setup.http(bed, io).healthCheck(QUICK_CHECKS);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
    awaitAllUp(balancer);
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());

    aServersLinkGoesDownAndUp(balancer, connection);
    theBalancersLinkGoesDownAndUp(balancer, "eth1", connection);
    theBalancersLinkGoesDownAndUp(balancer, "eth0", connection);
    aServerGetsAnotherCard(balancer, connection);
    theBalancerGetsAnotherCard(balancer, connection);
    connection.close();
  }

  private void aServersLinkGoesDownAndUp(RunningBalancer balancer, LongConnection connection) {
    Host victim = serverOf(connection);
    ip(victim, "link", "set", "eth0", "down");
    Eventually.isTrue("it is still up", () -> !balancer.isUp(victim), balancer::stats);
    Requests without = requests(40, balancer);
    assertEquals(0, without.of(victim), without::toString);
    ip(victim, "link", "set", "eth0", "up");
    awaitAllUp(balancer);
    assertTrue(requests(60, balancer).of(victim) > 0);
    connection.goesOn();
  }

  private void theBalancersLinkGoesDownAndUp(
      RunningBalancer balancer, String device, LongConnection connection) {
    ip(bed.balancer(), "link", "set", device, "down");
    Eventually.pause(1500);
    ip(bed.balancer(), "link", "set", device, "up");
    awaitAllUp(balancer);
    requests(40, balancer);
    connection.goesOn();
  }

  private void aServerGetsAnotherCard(RunningBalancer balancer, LongConnection connection) {
    Host server = serverOf(connection);
    ip(server, "link", "set", "eth0", "address", "02:00:00:00:77:77");
    // A new card makes itself known sooner or later; here by asking for the balancer.
    server.run("bash", "-c", "echo >/dev/udp/192.0.2.1/9");
    awaitAllUp(balancer);
    connection.goesOn();
    assertTrue(requests(60, balancer).of(server) > 0);
  }

  private void theBalancerGetsAnotherCard(RunningBalancer balancer, LongConnection connection) {
    ip(bed.balancer(), "link", "set", "eth0", "address", "02:00:00:00:88:88");
    bed.balancer().run("bash", "-c", "echo >/dev/udp/%s/9".formatted(bed.client().address()));
    connection.goesOn();
    requests(40, balancer);
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void whatCannotBeForwardedIsCountedAndTheRestGoesOn(String io) {
    bed.servers().forEach(NginxServer::start);
    HostProcess echo = JavaProgram.start(bed.servers().getFirst(), UdpEcho.class, UDP_PORT);
    echo.awaitOutput("ready", LIMIT);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), withUdpAndGhost(io));
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());

    aNeighbourThatIsNotThere(balancer);
    connection.goesOn();
    aFlood(balancer);
    aFullQueue(balancer, io);
    if (!io.equals(Setup.OFFLOAD)) {
      // What the kernel forwards by itself has the send buffer of the client here.
      aQueueLongerThanTheSendBuffer(balancer);
    }
    connection.goesOn();
    assertEquals(40, requests(40, balancer).answered());
    assertEquals(0, balancer.number("faults"), balancer::stats);
    connection.close();
  }

  private Setup withUdpAndGhost(String io) {
    return Setup.http(bed, io)
        .also(
            """
            [frontends.echo]
            listen_addr = "%1$s:%2$d"
            protocol = "udp"
            backend = "echo"
            [backends.echo.servers]
            s1 = { addr = "192.0.2.21:%2$d" }
            [frontends.ghost]
            listen_addr = "%1$s:8080"
            backend = "ghost"
            [backends.ghost]
            health_check = { interval = 0 }
            [backends.ghost.servers]
            s1 = { addr = "192.0.2.99:80" }
            """
                .formatted(bed.balancer().address(), UDP_PORT));
  }

  private void aNeighbourThatIsNotThere(RunningBalancer balancer) {
    Result refused =
        bed.client()
            .run(
                "curl",
                "-sS",
                "--max-time",
                "2",
                "http://%s:8080/".formatted(bed.balancer().address()));
    assertEquals(28, refused.exit(), "curl says 28 when no answer comes");
    assertTrue(balancer.number("no_next_hop") > 0, balancer::stats);
  }

  private void aFlood(RunningBalancer balancer) {
    long before = arrived(balancer);
    Result sent = flood(300_000);
    assertTrue(sent.ok(), sent::err);
    Eventually.isTrue(
        "it did not arrive", () -> arrived(balancer) > before + 1000, balancer::stats);
    assertAnswers(balancer);
  }

  private static long arrived(RunningBalancer balancer) {
    return balancer.number("received") + balancer.number("offloaded");
  }

  /** A queue that lets next to nothing out: the kernel refuses frames (ENOBUFS). */
  private void aFullQueue(RunningBalancer balancer, String io) {
    long before = balancer.number("send_failed");
    tc("add", "dev", "eth1", "root", "tbf", "rate", "100kbit", "burst", "2kb", "limit", "3kb");
    assertTrue(flood(20_000).ok());
    tc("del", "dev", "eth1", "root");
    // What it refuses of frames that the kernel forwards by itself, the kernel alone counts.
    assertTrue(
        io.equals(Setup.OFFLOAD) || balancer.number("send_failed") > before, balancer::stats);
    assertAnswers(balancer);
  }

  /** A queue that takes whatever it is given: what is full is the send buffer (EAGAIN). */
  private void aQueueLongerThanTheSendBuffer(RunningBalancer balancer) {
    long before = balancer.number("send_failed");
    tc("add", "dev", "eth1", "root", "tbf", "rate", "64kbit", "burst", "4kb", "limit", "20mb");
    assertTrue(flood(60_000).ok());
    Eventually.isTrue(
        "nothing was refused", () -> balancer.number("send_failed") > before, balancer::stats);
    tc("del", "dev", "eth1", "root");
    assertAnswers(balancer);
  }

  private void tc(String... arguments) {
    String[] line = new String[arguments.length + 2];
    line[0] = "tc";
    line[1] = "qdisc";
    System.arraycopy(arguments, 0, line, 2, arguments.length);
    Result result = bed.balancer().run(line);
    assertTrue(result.ok(), result::err);
  }

  private Result flood(int count) {
    return JavaProgram.run(
        bed.client(), LIMIT, UdpFlood.class, bed.balancer().address(), UDP_PORT, count);
  }

  private void assertAnswers(RunningBalancer balancer) {
    Result answers =
        JavaProgram.run(
            bed.client(), LIMIT, UdpAsker.class, bed.balancer().address(), UDP_PORT, 50);
    assertEquals("answered: 50", answers.out().strip(), () -> answers.err() + balancer.log());
  }

  private Requests requests(int count, RunningBalancer balancer) {
    Requests made = Requests.make(bed.client(), bed.balancer().address(), count);
    assertEquals(count, made.answered(), () -> made + balancer.log() + balancer.stats());
    return made;
  }

  private Host serverOf(LongConnection connection) {
    return bed.servers().stream()
        .filter(each -> each.name().equals(connection.server()))
        .findFirst()
        .orElseThrow();
  }

  private void awaitAllUp(RunningBalancer balancer) {
    Eventually.isTrue(
        "not all servers are up",
        () -> bed.servers().stream().allMatch(balancer::isUp),
        () -> balancer.stats() + balancer.log());
  }

  private static void ip(Host host, String... arguments) {
    String[] line = new String[arguments.length + 1];
    line[0] = "ip";
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    Result result = host.run(line);
    assertTrue(result.ok(), result::err);
  }
}
