package io.headrace.registry;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.HealthCheckConfig;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final HealthCheckConfig LIMITS = HealthCheckConfig.DEFAULT;

  private final Health health = new Health();

  @Test
  void aNewServerIsUp() {
    assertTrue(health.isUp());
  }

  @Test
  void aNewServerGoesDownAtItsFirstFailure() {
    assertTrue(report(false));
    assertFalse(health.isUp());
  }

  @Test
  void aProvenServerGoesDownAtTheFallthFailureInARow() {
    report(true);
    assertFalse(report(false));
    assertFalse(report(false));
    assertTrue(health.isUp());
    assertTrue(report(false));
    assertFalse(health.isUp());
  }

  @Test
  void aSuccessBetweenFailuresStartsTheCountAnew() {
    report(true);
    report(false);
    report(false);
    report(true);
    assertFalse(report(false));
    assertFalse(report(false));
    assertTrue(health.isUp());
  }

  @Test
  void aServerThatIsDownComesUpAtTheRisethSuccessInARow() {
    report(false);
    assertFalse(report(true));
    assertFalse(report(false));
    assertFalse(report(true));
    assertFalse(health.isUp());
    assertTrue(report(true));
    assertTrue(health.isUp());
  }

  @Test
  void aServerThatCameBackIsOnProbationNoMore() {
    report(false);
    report(true);
    report(true);
    assertFalse(report(false));
    assertTrue(health.isUp());
  }

  private boolean report(boolean healthy) {
    return health.report(healthy, LIMITS);
  }
}
