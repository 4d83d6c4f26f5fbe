package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.HostProcess;
import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a supervisor learns from the end of a balancer, and a person from its log. */
@RequiresTestbed
class StopStatusTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Testbed bed = Testbed.oneArm(1);

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @ParameterizedTest
  @CsvSource({"TERM, pipeline", "INT, offload"})
  void anOrderlyStopIsASuccess(String signal, String io) {
    HostProcess balancer = start(io);
    Result sent = bed.balancer().run("kill", "-" + signal, String.valueOf(balancer.pid()));
    assertTrue(sent.ok(), sent::err);
    assertEquals(0, balancer.await(LIMIT), balancer::output);
    assertTrue(new Box(bed.balancer()).isClean(), balancer::output);
  }

  @ParameterizedTest
  @ValueSource(strings = {Setup.PIPELINE, Setup.OFFLOAD})
  void aBalancerWhoseInterfaceIsGoneHasFailed(String io) {
    HostProcess balancer = start(io);
    Result gone = bed.balancer().run("ip", "link", "delete", "eth0");
    assertTrue(gone.ok(), gone::err);
    assertEquals(1, balancer.await(LIMIT), balancer::output);
  }

  @Test
  void theLogTellsWhereStatisticsAreAndItsLinesEndWithoutABlank() {
    HostProcess balancer = start("packet");
    assertTrue(balancer.output().contains("dashboard: http://127.0.0.1:7000/\n"), balancer::output);
    assertTrue(balancer.output().lines().noneMatch(line -> line.endsWith(" ")), balancer::output);
  }

  private HostProcess start(String io) {
    RunningBalancer.write(bed.balancer(), Setup.http(bed, io).toml());
    HostProcess balancer = RunningBalancer.launch(bed.balancer());
    balancer.awaitOutput(" ready: ", LIMIT);
    return balancer;
  }
}
