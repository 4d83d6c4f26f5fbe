package io.headrace.demo;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The latency of requests through Headrace beside that of the straight path. The two take turns of
 * a second, so that neither disturbs the other and what else the machine does hits both.
 */
final class LatencyPhase {
  private static final int CLIENTS = 8;
  private static final int RATE = 500;
  private static final int ROUNDS = 4;
  private static final long TURN_MS = 1000;

  private final Scene scene;
  private final Progress progress;

  LatencyPhase(Scene scene, Progress progress) {
    this.scene = scene;
    this.progress = progress;
  }

  /**
   * What was found.
   *
   * @param kept requests on connections that are kept
   * @param fresh requests with a connection each
   * @param shares by server, of the connections through Headrace
   */
  record Result(Comparison<Summary> kept, Comparison<Summary> fresh, List<Share> shares) {}

  Result run() {
    progress.begin("latency");
    Tally straightKept = new Tally();
    Tally straightFresh = new Tally();
    Tally kept = new Tally();
    Tally fresh = new Tally();
    warmUp(straightKept, kept);
    for (int round = 0; round < ROUNDS; round++) {
      turn(scene.straight(round % Scene.SERVERS), straightKept, straightFresh);
      turn(scene.frontend(), kept, fresh);
      progress.now(
          "%,d requests through Headrace, %,d straight"
              .formatted(
                  kept.answered() + fresh.answered(),
                  straightKept.answered() + straightFresh.answered()));
    }
    Result result =
        new Result(
            new Comparison<>(straightKept.summary(), kept.summary()),
            new Comparison<>(straightFresh.summary(), fresh.summary()),
            IntStream.range(0, Scene.SERVERS).mapToObj(i -> share(i, fresh)).toList());
    progress.end(
        "p50 %s, straight %s (connections kept); %,d errors"
            .formatted(
                Text.time(result.kept.headrace().p50Ns()),
                Text.time(result.kept.straight().p50Ns()),
                errors(result.kept) + errors(result.fresh)));
    return result;
  }

  private static long errors(Comparison<Summary> summaries) {
    return summaries.straight().errorCount() + summaries.headrace().errorCount();
  }

  /** Both paths begin with compiled code; an error is an error all the same. */
  private void warmUp(Tally straight, Tally headrace) {
    warmUp(scene.straight(0), straight);
    warmUp(scene.frontend(), headrace);
  }

  private void warmUp(InetSocketAddress target, Tally counted) {
    Tally warm = new Tally();
    turn(target, warm, warm);
    warm.failures().forEach(counted::failed);
  }

  private void turn(InetSocketAddress target, Tally kept, Tally fresh) {
    try (Load load = scene.load(target, CLIENTS, RATE, kept, fresh)) {
      scene.balancer().live(TURN_MS);
      scene.end(load);
    }
  }

  private Share share(int index, Tally fresh) {
    String name = scene.bed().servers().get(index).name();
    return new Share(name, Scene.weight(index), fresh.answeredBy(name));
  }
}
