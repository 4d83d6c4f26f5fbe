package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.Host;
import io.headrace.testbed.NginxServer;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Testbed;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A changed configuration is in force without a restart, and established flows do not notice. */
@RequiresTestbed
class ReloadTest {
  private final Testbed bed = Testbed.oneArm(3);

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD, "pcap"})
  void aChangedFileIsInForceAndEstablishedFlowsGoOn(String io) {
    bed.servers().forEach(NginxServer::start);
    Host first = bed.servers().get(0);
    Host second = bed.servers().get(1);
    Host third = bed.servers().get(2);
    Setup setup = Setup.http(bed, io).without(third);
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup);

    assertEquals(0, requests(40).of(third));
    aServerIsAddedAndAnother(balancer, setup, first, second, third);
    weightsShiftShares(balancer, setup, first, third);
    aBrokenFileLeavesThingsRunning(balancer, setup);
    aNewFrontendIsServed(balancer, setup);
  }

  private void aServerIsAddedAndAnother(
      RunningBalancer balancer, Setup setup, Host first, Host second, Host third) {
    LongConnection toSecond = openTo(second);
    balancer.reload(setup.server(third, 1).without(second));
    toSecond.goesOn();

    Requests after = requests(60);
    assertEquals(0, after.of(second), after::toString);
    assertTrue(after.of(first) > 0 && after.of(third) > 0, after::toString);
    toSecond.goesOn();
    // What follows is not the first change any more, and the server is long gone.
    Eventually.pause(3000);
    toSecond.goesOn();
    toSecond.close();
  }

  private void weightsShiftShares(RunningBalancer balancer, Setup setup, Host first, Host third) {
    balancer.reload(setup.server(first, 9).server(third, 1));
    Requests most = requests(200);
    assertTrue(most.of(first) > 150 && most.of(third) > 0, most::toString);
    balancer.reload(setup.server(first, 0));
    assertEquals(40, requests(40).of(third));
    balancer.reload(setup.server(first, 1));
  }

  private void aBrokenFileLeavesThingsRunning(RunningBalancer balancer, Setup setup) {
    LongConnection long1 = LongConnection.open(bed.client(), bed.balancer().address());
    balancer.configure(setup.toml() + "\n[backends.pool.servers.x]\naddr = 5\n");
    Pattern place = Pattern.compile("config\\.toml:\\d+:\\d+: ");
    Eventually.isTrue(
        "nothing in the log names file, line and column",
        () -> place.matcher(balancer.log()).find(),
        balancer::log);
    assertEquals(1, balancer.count("the configuration stays as it was"), balancer::log);
    assertEquals(20, requests(20).answered());
    long1.goesOn();
    long1.close();
  }

  private void aNewFrontendIsServed(RunningBalancer balancer, Setup setup) {
    balancer.reload(
        setup.also(
            """
            [frontends.second]
            listen_addr = "%s:8080"
            backend = "pool"
            """
                .formatted(bed.balancer().address())));
    Requests answers = Requests.make(bed.client(), bed.balancer().address() + ":8080", 10);
    assertEquals(10, answers.answered(), () -> answers + balancer.log());
  }

  private Requests requests(int count) {
    Requests made = Requests.make(bed.client(), bed.balancer().address(), count);
    assertEquals(0, made.exit(), made::toString);
    return made;
  }

  private LongConnection openTo(Host server) {
    for (int attempt = 0; attempt < 50; attempt++) {
      LongConnection connection = LongConnection.open(bed.client(), bed.balancer().address());
      if (connection.server().equals(server.name())) {
        return connection;
      }
      connection.close();
    }
    throw new AssertionError("no connection went to " + server);
  }
}
