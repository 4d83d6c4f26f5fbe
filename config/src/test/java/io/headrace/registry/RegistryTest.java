package io.headrace.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.Config;
import io.headrace.schedule.Scheduler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static final String CHECKS = "{ interval = 2, rise = 2, fall = 2 }";
  private static final Config TWO = Configs.of(CHECKS, "a 10.0.0.1:80 1", "b 10.0.0.2:80 1");

  private final Registry registry = new Registry(TWO);

  @Test
  void aSnapshotHoldsEveryFrontendWithItsPool() {
    Service web = registry.snapshot().services().getFirst();
    assertEquals("web", web.name());
    assertEquals(List.of("a", "b"), web.pool().servers().stream().map(Server::name).toList());
    assertSame(registry.snapshot().pools().getFirst(), web.pool());
  }

  @Test
  void everyServerStartsUp() {
    assertTrue(registry.snapshot().isUp(server("a")));
    assertTrue(registry.snapshot().isUp(server("b")));
  }

  @Test
  void aServerThatIsDownIsNotChosen() {
    Server down = server("a");
    assertTrue(registry.report(down, false, "refused"));
    assertFalse(registry.snapshot().isUp(down));
    for (long hash = Long.MIN_VALUE; hash < Long.MAX_VALUE - (1L << 56); hash += 1L << 56) {
      assertEquals(server("b").id(), scheduler().choose(hash));
    }
  }

  @Test
  void noServerIsChosenWhenAllAreDown() {
    registry.report(server("a"), false, "refused");
    registry.report(server("b"), false, "refused");
    assertEquals(Scheduler.NONE, scheduler().choose(1));
  }

  @Test
  void aServerThatComesBackGetsItsVeryFlowsBack() {
    List<Integer> before = choices();
    registry.report(server("a"), false, "refused");
    assertNotEquals(before, choices());
    registry.report(server("a"), true, "passed");
    registry.report(server("a"), true, "passed");
    assertEquals(before, choices());
  }

  @Test
  void anOldSnapshotStaysAsItWas() {
    Snapshot before = registry.snapshot();
    registry.report(server("a"), false, "refused");
    assertTrue(before.isUp(before.pools().getFirst().servers().getFirst()));
  }

  @Test
  void aServerThatStaysKeepsItsIdAndHealthWhateverItsNameAndWeight() {
    Server before = server("a");
    registry.report(before, false, "refused");
    registry.apply(Configs.of(CHECKS, "c 10.0.0.3:80 1", "renamed 10.0.0.1:80 5"));
    assertEquals(before.id(), server("renamed").id());
    assertFalse(registry.snapshot().isUp(server("renamed")));
    assertTrue(registry.snapshot().isUp(server("c")));
  }

  @Test
  void aServerThatReturnsGetsItsOldIdAndStartsUp() {
    int id = server("a").id();
    registry.report(server("a"), false, "refused");
    registry.apply(Configs.of(CHECKS, "c 10.0.0.3:80 1"));
    assertFalse(List.of(id).contains(server("c").id()));
    registry.apply(TWO);
    assertEquals(id, server("a").id());
    assertTrue(registry.snapshot().isUp(server("a")));
  }

  @Test
  void aReportOnAServerThatIsGoneIsIgnored() {
    Server gone = server("a");
    registry.apply(Configs.of(CHECKS, "b 10.0.0.2:80 1"));
    assertFalse(registry.report(gone, false, "refused"));
    registry.apply(TWO);
    assertTrue(registry.snapshot().isUp(server("a")));
  }

  @Test
  void turningChecksOffBringsServersUp() {
    registry.report(server("a"), false, "refused");
    registry.apply(Configs.of("{ interval = 0 }", "a 10.0.0.1:80 1", "b 10.0.0.2:80 1"));
    assertTrue(registry.snapshot().isUp(server("a")));
  }

  @Test
  void aChangedThresholdCountsFromTheNextCheck() {
    registry.report(server("a"), true, "passed");
    registry.report(server("a"), false, "refused");
    registry.apply(Configs.of("{ interval = 2, fall = 5 }", "a 10.0.0.1:80 1", "b 10.0.0.2:80 1"));
    assertFalse(registry.report(server("a"), false, "refused"));
    assertTrue(registry.snapshot().isUp(server("a")));
  }

  @Test
  void aServerOfWeightZeroIsUpAndNotChosen() {
    registry.apply(Configs.of(CHECKS, "a 10.0.0.1:80 0", "b 10.0.0.2:80 1"));
    assertTrue(registry.snapshot().isUp(server("a")));
    assertEquals(server("b").id(), scheduler().choose(0));
  }

  @Test
  void aSchedulerIsBuiltAnewOnlyWhenItsMembersChange() {
    Scheduler before = scheduler();
    registry.apply(Configs.of("{ interval = 9 }", "a 10.0.0.1:80 1", "b 10.0.0.2:80 1"));
    assertSame(before, scheduler());
    registry.apply(Configs.of(CHECKS, "a 10.0.0.1:80 2", "b 10.0.0.2:80 1"));
    assertNotSame(before, scheduler());
  }

  @Test
  void aListenerGetsTheSnapshotOfNowAndEveryLaterOneInOrder() {
    List<Snapshot> heard = new ArrayList<>();
    registry.listen(heard::add);
    assertEquals(List.of(registry.snapshot()), heard);
    registry.report(server("a"), false, "refused");
    registry.report(server("a"), false, "refused");
    registry.apply(TWO);
    assertEquals(3, heard.size());
    assertSame(registry.snapshot(), heard.getLast());
  }

  @Test
  void aListenerThatFailsDoesNotKeepTheOthersFromHearing() {
    List<Snapshot> heard = new ArrayList<>();
    registry.listen(
        snapshot -> {
          throw new IllegalStateException("as the test wants");
        });
    registry.listen(heard::add);
    registry.apply(TWO);
    assertEquals(2, heard.size());
  }

  @Test
  void aServerThatDrainsIsUpAndNotChosen() {
    assertTrue(registry.admin("pool", "a", AdminState.DRAIN, "drained by the test"));
    assertTrue(registry.snapshot().isUp(server("a")));
    assertOnlyBIsChosen();
    assertState(State.DRAINING, "drained by the test");
    registry.report(server("a"), false, "refused");
    assertState(State.DOWN, "refused");
    registry.report(server("a"), true, "passed");
    registry.report(server("a"), true, "passed");
    assertState(State.DRAINING, "passed");
    registry.admin("pool", "a", AdminState.READY, "ready again");
    assertState(State.UP, "ready again");
  }

  @Test
  void aServerInMaintenanceIsNotUpWhateverItsChecksSayAndIsOnProbationAfterwards() {
    registry.report(server("a"), true, "passed");
    registry.admin("pool", "a", AdminState.MAINTENANCE, "a new disk");
    assertFalse(registry.snapshot().isUp(server("a")));
    assertOnlyBIsChosen();
    assertFalse(registry.report(server("a"), false, "refused"));
    assertState(State.MAINTENANCE, "a new disk");
    registry.admin("pool", "a", AdminState.READY, "done");
    assertState(State.UP, "done");
    assertTrue(registry.report(server("a"), false, "refused"), "one failure takes it down");
  }

  @Test
  void whatTheOperatorWantsOutlivesAChangeOfTheFile() {
    registry.admin("pool", "a", AdminState.DRAIN, "drained");
    registry.weight("pool", "b", OptionalInt.of(9));
    registry.apply(Configs.of(CHECKS, "a 10.0.0.1:80 5", "b 10.0.0.2:80 5", "c 10.0.0.3:80 5"));
    assertState(State.DRAINING, "drained");
    assertEquals(9, server("b").weight());
    registry.weight("pool", "b", OptionalInt.empty());
    assertEquals(5, server("b").weight());
    registry.weight("pool", "c", OptionalInt.of(0));
    assertEquals(List.of(server("b")), registry.snapshot().pools().getFirst().members());
  }

  @Test
  void theStateFollowsEachCheckAndKeepsTheTimeOfItsLastChange() {
    registry.report(server("a"), true, "passed");
    assertState(State.UP, "passed");
    registry.report(server("a"), false, "refused");
    assertState(State.GOING_DOWN, "refused");
    registry.report(server("a"), false, "timed out");
    assertState(State.DOWN, "timed out");
    Instant since = status("a").since();
    registry.report(server("a"), false, "refused");
    assertState(State.DOWN, "timed out");
    assertEquals(since, status("a").since());
    registry.report(server("a"), true, "passed");
    assertState(State.GOING_UP, "passed");
    registry.report(server("a"), true, "passed");
    assertState(State.UP, "passed");
  }

  @Test
  void aServerThatIsNotThereCannotBeSteered() {
    assertFalse(registry.admin("pool", "x", AdminState.DRAIN, ""));
    assertFalse(registry.weight("x", "a", OptionalInt.of(1)));
  }

  private void assertOnlyBIsChosen() {
    for (int i = 0; i < 100; i++) {
      assertEquals(server("b").id(), scheduler().choose(i * 0x9E3779B97F4A7C15L));
    }
  }

  private void assertState(State state, String reason) {
    assertEquals(state, status("a").state());
    assertEquals(reason, status("a").reason());
  }

  private Status status(String name) {
    return registry.status(server(name)).orElseThrow();
  }

  @Test
  void readersNeverSeeAServerThatIsDownChosen() throws InterruptedException {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicBoolean wrong = new AtomicBoolean();
    CountDownLatch started = new CountDownLatch(1);
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (long hash = 0; !stop.get(); hash += 0x9E3779B97F4A7C15L) {
                    Snapshot now = registry.snapshot();
                    int id = now.pools().getFirst().scheduler().choose(hash);
                    if (id != Scheduler.NONE && !now.up().get(id)) {
                      wrong.set(true);
                    }
                    started.countDown();
                  }
                });
    started.await();
    for (int i = 0; i < 40; i++) {
      registry.report(server("a"), i / 2 % 2 == 1, "as the test wants");
      registry.report(server("b"), i / 3 % 2 == 1, "as the test wants");
    }
    stop.set(true);
    reader.join();
    assertFalse(wrong.get());
  }

  private List<Integer> choices() {
    List<Integer> choices = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      choices.add(scheduler().choose(i * 0x9E3779B97F4A7C15L));
    }
    return choices;
  }

  private Scheduler scheduler() {
    return registry.snapshot().services().getFirst().pool().scheduler();
  }

  private Server server(String name) {
    return registry.snapshot().pools().getFirst().servers().stream()
        .filter(server -> server.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
