package io.headrace.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.testbed.RequiresTestbed;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A change that this machine cannot bear, or that has to wait, is no change that is forgotten. */
@RequiresTestbed
class RefusedReloadTest {
  private static final String REFUSED = "the configuration stays as it was";
  private static final String IN_FORCE = "the configuration has changed and is in force";
  private static final String LATER = "takes effect at the next";

  private final Testbed bed = Testbed.oneArm(1);

  @AfterEach
  void removeTestbed() {
    bed.close();
  }

  @Test
  void aFileThatWasRefusedForTheMachinesSakeIsAppliedWhenItIsSavedAgain() {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup());
    Setup other = setup().listen("192.0.2.77:80");
    balancer.configure(other.toml());
    said(balancer, REFUSED, 1);

    Result added = bed.balancer().run("ip", "address", "add", "192.0.2.77/32", "dev", "eth0");
    assertTrue(added.ok(), added::err);
    balancer.configure(other.toml());
    said(balancer, IN_FORCE, 1);

    balancer.configure("nonsense");
    said(balancer, REFUSED, 2);
    balancer.configure(other.toml());
    said(balancer, "says again what is in force", 1);
    assertEquals(1, balancer.count(IN_FORCE), balancer::log);
  }

  @Test
  void aSettingOfTheStartIsNotSaidToBeInForce() {
    RunningBalancer balancer = RunningBalancer.start(bed.balancer(), setup());
    balancer.configure(setup().set("workers", "2").toml());
    said(balancer, LATER, 1);
    assertEquals(0, balancer.count(IN_FORCE), balancer::log);

    balancer.configure(setup().toml());
    said(balancer, IN_FORCE, 1);
    assertEquals(1, balancer.count(LATER), balancer::log);
  }

  private Setup setup() {
    return Setup.http(bed, "packet");
  }

  private static void said(RunningBalancer balancer, String text, int times) {
    Eventually.isTrue(
        "'%s' was not said %d times".formatted(text, times),
        () -> balancer.count(text) == times,
        balancer::log);
  }
}
