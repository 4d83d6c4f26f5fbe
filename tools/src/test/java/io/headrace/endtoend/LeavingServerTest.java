package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of connections, old and new, when a server is to leave or fails: in modes
 * passthrough and proxy side by side, over one pool in which a client has the same server in both.
 */
@RequiresTestbed
class LeavingServerTest {
  private static final int PASSTHROUGH = NginxServer.PORT;
  private static final int PROXY = 8080;
  private static final int NEW = 20;

  private final Testbed bed = Testbed.oneArm(2);
  private final String address = bed.balancer().address();

  @BeforeEach
  void startServers() {
    bed.servers().forEach(NginxServer::start);
  }

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aDrainTakesNothingNewAndCutsNothing(String io) {
    RunningBalancer.start(bed.balancer(), setup(io, "keep"));
    List<LongConnection> old = open();
    Host victim = serverOf(old);
    List<CompletableFuture<Requests>> traffic = List.of(meanwhile(PASSTHROUGH), meanwhile(PROXY));
    RunningBalancer.steer(bed.balancer(), "drain", victim.name());
    assertNewGo(victim, 0);
    traffic.forEach(each -> assertEquals(0, each.join().exit(), each.join()::toString));
    old.forEach(LongConnection::goesOn);

    RunningBalancer.steer(bed.balancer(), "ready", victim.name());
    assertNewGo(victim, NEW);
    RunningBalancer.steer(bed.balancer(), "maintenance", victim.name());
    assertNewGo(victim, 0);
    old.forEach(LongConnection::goesOn);

    // What is left at last is closed by hand.
    Result closed = bed.balancer().run(RunningBalancer.conntrack(bed.balancer(), "close", "--all"));
    assertTrue(closed.ok(), closed::toString);
    old.forEach(LongConnection::breaks);
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aServerThatFailsKeepsItsConnectionsOrNot(String io) {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup(io, "keep"));
    List<LongConnection> kept = open();
    Host victim = fail(balancer, kept);
    link(victim, "up");
    kept.forEach(LongConnection::goesOn);
    kept.forEach(LongConnection::close);
    assertEquals(0, balancer.number("server_down_reset"));

    // A server that knows nothing of a connection that moves to it resets it.
    comesBack(balancer, victim, setup(io, "move"));
    List<LongConnection> moved = open();
    fail(balancer, moved);
    moved.forEach(LongConnection::isReset);
    assertEquals(0, balancer.number("server_down_reset"));
    link(victim, "up");

    comesBack(balancer, victim, setup(io, "reset"));
    List<LongConnection> reset = open();
    fail(balancer, reset);
    reset.forEach(LongConnection::isReset);
    assertTrue(balancer.number("server_down_reset") > 0, balancer::stats);
  }

  /** The server of these connections; new ones go elsewhere. */
  private Host fail(RunningBalancer balancer, List<LongConnection> connections) {
    Host victim = serverOf(connections);
    link(victim, "down");
    Eventually.isTrue("it is down", () -> !balancer.isUp(victim), balancer::stats);
    assertNewGo(victim, 0);
    return victim;
  }

  private void comesBack(RunningBalancer balancer, Host server, Setup setup) {
    Eventually.isTrue("it is up", () -> balancer.isUp(server), balancer::stats);
    balancer.reload(setup);
  }

  private Setup setup(String io, String onDown) {
    return Setup.http(bed, io)
        .healthCheck("{ interval = \"300ms\", timeout = \"300ms\" }")
        .onDown(onDown)
        .pool("scheduler", "\"source\"")
        .also(
            """
            [frontends.streams]
            listen_addr = "%s:%d"
            backend = "pool"
            mode = "proxy"
            """
                .formatted(address, PROXY));
  }

  private List<LongConnection> open() {
    return List.of(
        LongConnection.open(bed.client(), address, PASSTHROUGH),
        LongConnection.open(bed.client(), address, PROXY));
  }

  private Host serverOf(List<LongConnection> connections) {
    List<String> names = connections.stream().map(LongConnection::server).distinct().toList();
    assertEquals(1, names.size(), names::toString);
    return bed.servers().stream()
        .filter(each -> each.name().equals(names.getFirst()))
        .findFirst()
        .orElseThrow();
  }

  private CompletableFuture<Requests> meanwhile(int port) {
    return CompletableFuture.supplyAsync(() -> requests(port, 300));
  }

  private void assertNewGo(Host server, int count) {
    for (int port : new int[] {PASSTHROUGH, PROXY}) {
      Requests made = requests(port, NEW);
      assertEquals(NEW, made.answered(), made::toString);
      assertEquals(count, made.of(server), made::toString);
    }
  }

  private Requests requests(int port, int count) {
    return Requests.make(bed.client(), address + ":" + port, count);
  }

  private static void link(Host host, String state) {
    Result result = host.run("ip", "link", "set", "eth0", state);
    assertTrue(result.ok(), result::toString);
  }
}
