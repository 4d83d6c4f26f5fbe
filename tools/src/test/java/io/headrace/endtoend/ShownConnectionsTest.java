package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code headrace conntrack}, beside a balancer that runs, and after its end, orderly or not. */
@RequiresTestbed
class ShownConnectionsTest {
  private final Testbed bed = Testbed.twoArm(2);
  private final Host box = bed.balancer();

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
  void aConnectionIsShownAsLongAsItLivesThroughStopAndKill(String io) throws IOException {
    RunningBalancer balancer =
        RunningBalancer.start(box, Setup.http(bed, io).set("restart_grace", "\"60s\""));
    LongConnection connection = LongConnection.open(bed.client(), box.address());
    String established =
        "tcp   established   %s:\\d+ +main +%s +\\d+ +7\\d\\d\\d\n"
            .formatted(bed.client().address(), connection.server());
    String stored = established.replace("7\\d\\d\\d", "-");

    String table = conntrack(box, "list", "--state", "established").out();
    assertTrue(table.matches("(?s)PROTO .*\n" + established), table);
    String counts = conntrack(box, "count").out();
    assertTrue(
        counts.matches("(?s).*established +1\n.*inserts +\\d+\nhits +[1-9]\\d*\n.*"), counts);
    assertEquals(
        1,
        conntrack(
                box,
                "export",
                "--server",
                connection.server(),
                "--client",
                bed.client().address() + "/32")
            .out()
            .lines()
            .count());
    String filtered = conntrack(box, "count", "--json", "--client", "203.0.113.7").out();
    assertTrue(filtered.contains("\"established\" : 0"), filtered);
    assertCannotBeAskedFromElsewhere();
    connection.goesOn();

    balancer.stop();
    assertStored(stored);
    balancer.start();
    assertGoesOn(balancer);
    balancer.kill();
    assertStored(stored);
    balancer.start();
    assertGoesOn(balancer);
    connection.close();
  }

  /** By another configuration, in a network where its statistics are not: it has the file alone. */
  private void assertCannotBeAskedFromElsewhere() {
    String flows = Setup.quote(box.directory().resolve("flows").toString());
    Host elsewhere = bed.client();
    RunningBalancer.write(
        elsewhere, Setup.http(bed, "packet").set("connection_tracker_file", flows).toml());
    Result unreachable = elsewhere.run(RunningBalancer.conntrack(elsewhere, "list"));
    assertEquals(1, unreachable.exit(), unreachable::toString);
    assertEquals(1, unreachable.err().lines().count(), unreachable::err);
    assertTrue(unreachable.err().contains("cannot be asked"), unreachable::err);
  }

  /** The client may have lost its patience meanwhile, where all this takes long. */
  private static void assertGoesOn(RunningBalancer balancer) {
    balancer.awaitLog("earlier run: 1 go on; 0 do not");
  }

  /** The file of a balancer that does not run, which stays as it is. */
  private void assertStored(String row) throws IOException {
    Path flows = box.directory().resolve("flows");
    byte[] before = Files.readAllBytes(flows);
    Result list = conntrack(box, "list");
    assertEquals(0, list.exit(), list::toString);
    assertTrue(list.out().matches("(?s)PROTO .*\n" + row), list::toString);
    assertTrue(list.err().contains("no balancer runs"), list::toString);
    assertArrayEquals(before, Files.readAllBytes(flows));
  }

  private static Result conntrack(Host box, String... command) {
    Result result = box.run(RunningBalancer.conntrack(box, command));
    assertEquals(0, result.exit(), result::toString);
    return result;
  }
}
