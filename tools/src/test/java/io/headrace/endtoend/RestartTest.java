package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.HostProcess;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stop, orderly or not, and what it leaves: nothing, or the connections that are alive. */
@RequiresTestbed
class RestartTest {
  private static final long SOME_BYTES = 300_000;
  private static final Duration DOWNLOAD_LIMIT = Duration.ofSeconds(120);

  private final Testbed bed = Testbed.twoArm(2);
  private final Box box = new Box(bed.balancer());

  @BeforeEach
  void startServers() {
    bed.servers().forEach(NginxServer::start);
  }

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void downloadsGoOnAcrossStopAndKill(String io) throws IOException {
    Setup setup = Setup.http(bed, io).set("restart_grace", "\"60s\"");
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);
    downloadsGoOnAcross(RunningBalancer::stop, balancer);
    downloadsGoOnAcross(RunningBalancer::kill, balancer);
  }

  private void downloadsGoOnAcross(Consumer<RunningBalancer> end, RunningBalancer balancer)
      throws IOException {
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());
    Path first = bed.client().directory().resolve("first");
    Path second = bed.client().directory().resolve("second");
    HostProcess one = download(first);
    HostProcess another = download(second);
    Eventually.isTrue(
        "the downloads do not run",
        () -> size(first) > SOME_BYTES && size(second) > SOME_BYTES,
        balancer::log);

    end.accept(balancer);
    assertTrue(one.isAlive() && another.isAlive(), () -> one.output() + another.output());
    assertEquals(1, box.tables(), box::toString);
    // Long enough for frames that nobody takes: the kernel's RST would end the connections.
    Eventually.pause(1000);
    balancer.start();
    assertEquals(1, box.tables(), box::toString);

    connection.goesOn();
    for (HostProcess download : List.of(one, another)) {
      assertEquals(0, download.await(DOWNLOAD_LIMIT), () -> download.output() + balancer.log());
    }
    assertArrayEquals(NginxServer.bigBody(), Files.readAllBytes(first));
    assertArrayEquals(NginxServer.bigBody(), Files.readAllBytes(second));
    connection.goesOn();
    connection.close();
    Files.delete(first);
    Files.delete(second);
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aProcessThatFollowsGoesOnWithConnectionsGuardAndStatistics(String io) {
    RunningBalancer first = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());

    RunningBalancer next = first.follow();

    assertEquals(0, first.awaitEnd(), first::log);
    assertEquals(1, box.tables(), box::toString);
    connection.goesOn();
    assertEquals(20, Requests.make(bed.client(), bed.balancer().address(), 20).answered());
    assertTrue(next.isUp(bed.servers().getFirst()), next::log);
    connection.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aStopWithoutConnectionsLeavesNothing(String io) {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));
    assertEquals(1, box.tables(), box::toString);
    assertFalse(box.reservedPorts().isEmpty());
    assertEquals(20, Requests.make(bed.client(), bed.balancer().address(), 20).answered());
    Eventually.isTrue(
        "connections are still open",
        () -> balancer.number("current_connections") == 0,
        balancer::stats);

    balancer.stop();

    assertTrue(box.isClean(), box::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void withConnectionsTheGuardLastsForTheTimeOfGraceAndAPurgeEndsIt(String io) {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), Setup.http(bed, io));
    LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());

    balancer.stop();
    assertEquals(1, box.tables(), () -> box + balancer.log());
    assertFalse(box.reservedPorts().isEmpty());
    Eventually.isTrue("something is left after the time of grace", box::isClean, box::toString);
    connection.close();

    balancer.start("--purge");
    connection = LongConnection.open(bed.client(), bed.balancer().address());
    balancer.stop();
    assertTrue(box.isClean(), box::toString);
    connection.close();
  }

  /** The server sets its pace: what curl calls a limit, it does not keep to on a fast path. */
  private HostProcess download(Path file) {
    return bed.client()
        .start(
            "curl",
            "-sSf",
            "-o",
            file.toString(),
            "http://%s/slow".formatted(bed.balancer().address()));
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
