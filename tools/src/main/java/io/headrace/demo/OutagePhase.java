package io.headrace.demo;

import io.headrace.cli.CommandFailure;
import io.headrace.testbed.NginxServer;
import java.util.ArrayList;
import java.util.List;

/** Stops a server under traffic, waits until the health check notices, and starts it again. */
final class OutagePhase {
  private static final int CLIENTS = 8;
  private static final int RATE = 300;
  private static final long WATCH_MS = 1500;
  private static final long POLL_MS = 10;

  private static final long LIMIT_NS = 15_000_000_000L;

  private final Scene scene;
  private final Progress progress;
  private final Tally tally = new Tally();

  OutagePhase(Scene scene, Progress progress) {
    this.scene = scene;
    this.progress = progress;
  }

  Outage run() throws InterruptedException {
    progress.begin("outage");
    // The heaviest: it hurts the most.
    NginxServer server = scene.servers().getLast();
    try (Load load = scene.load(scene.frontend(), CLIENTS, RATE, tally, tally)) {
      scene.balancer().live(WATCH_MS);
      return play(server, load);
    }
  }

  private Outage play(NginxServer server, Load load) throws InterruptedException {
    String name = server.host().name();
    List<Tally.Failure> early = tally.failures();
    long answeredAtStop = tally.answered();
    long stopNs = System.nanoTime();
    server.stop();
    progress.now(name + " stopped");
    awaitUp(server, false);
    long outNs = System.nanoTime();
    long answeredAtOut = tally.answered();
    progress.now(name + " taken out, %,d errors so far".formatted(load.errors()));
    scene.balancer().live(WATCH_MS);

    long answeredAtStart = tally.answered();
    long startNs = System.nanoTime();
    server.start();
    awaitUp(server, true);
    long backNs = System.nanoTime();
    long servedAtBack = tally.answeredBy(name);
    progress.now(name + " back in");
    scene.balancer().live(WATCH_MS);
    long servedAgain = tally.answeredBy(name) - servedAtBack;
    scene.end(load);

    List<Tally.Failure> expected = explained(tally.failures(), early, outNs);
    List<Tally.Failure> rest = new ArrayList<>(tally.failures());
    rest.removeAll(expected);
    Outage outage =
        new Outage(
            name,
            outNs - stopNs,
            answeredAtOut - answeredAtStop,
            Tally.byFault(expected),
            answeredAtStart - answeredAtOut,
            Tally.byFault(rest),
            backNs - startNs,
            servedAgain);
    progress.end(
        "%s out in %s, %,d errors, then %,d; back in %s"
            .formatted(
                name,
                Text.time(outage.outAfterNs()),
                expected.size(),
                rest.size(),
                Text.time(outage.backAfterNs())));
    return outage;
  }

  /**
   * The errors that a server's stop explains: nobody knew that it was down. It explains none that
   * was there before, none of a request that began when the server was out, and no wrong answer.
   */
  static List<Tally.Failure> explained(
      List<Tally.Failure> all, List<Tally.Failure> early, long outNs) {
    List<Tally.Failure> explained = new ArrayList<>(all);
    explained.removeAll(early);
    explained.removeIf(failure -> failure.beganNs() - outNs >= 0 || failure.fault() == Fault.WRONG);
    return explained;
  }

  private void awaitUp(NginxServer server, boolean wanted) throws InterruptedException {
    String address = server.host().address() + ":" + NginxServer.PORT;
    long end = System.nanoTime() + LIMIT_NS;
    while (scene.balancer().stats().up().get(address) != wanted) {
      if (System.nanoTime() - end > 0) {
        throw new CommandFailure(
            "the balancer did not notice within %s that %s is %s"
                .formatted(Text.time(LIMIT_NS), server.host(), wanted ? "back" : "gone"));
      }
      scene.balancer().live(POLL_MS);
    }
  }
}
