package io.headrace.demo;

import io.headrace.testbed.NginxServer;
import java.util.ArrayList;
import java.util.List;

/** Stops the balancer and starts it again under running downloads and under traffic. */
final class RestartPhase {
  private static final int CLIENTS = 4;
  private static final int RATE = 100;
  private static final int DOWNLOADS = 4;
  private static final int BYTES_PER_SECOND = 2_000_000;
  private static final long BEFORE_NS = 1_000_000_000;
  private static final long POLL_MS = 100;

  private final Scene scene;
  private final Progress progress;

  RestartPhase(Scene scene, Progress progress) {
    this.scene = scene;
    this.progress = progress;
  }

  /**
   * What was found.
   *
   * @param first what the first balancer counted until its stop
   */
  record Result(Restart restart, BalancerStats first) {}

  Result run() throws InterruptedException {
    progress.begin("restart");
    byte[] body = NginxServer.bigBody();
    Tally kept = new Tally();
    Tally fresh = new Tally();
    List<Download> downloads = new ArrayList<>();
    BalancerStats first;
    long stopNs;
    long startNs;
    try (Load load = scene.load(scene.frontend(), CLIENTS, RATE, kept, fresh)) {
      for (int i = 0; i < DOWNLOADS; i++) {
        downloads.add(
            new Download(scene.bed().client().threads(), scene.frontend(), body, BYTES_PER_SECOND));
      }
      watch(downloads, System.nanoTime() + BEFORE_NS);
      first = scene.balancer().stats();
      progress.now("the balancer is stopped");
      stopNs = time(scene.balancer()::stop);
      progress.now("the balancer is started");
      startNs = time(scene.balancer()::start);
      watch(downloads, Long.MAX_VALUE);
      progress.now("downloads ended, the last requests are waited for");
      scene.end(load);
    }
    List<String> failures = new ArrayList<>();
    for (Download download : downloads) {
      failures.add(download.await());
    }
    failures.removeIf(String::isEmpty);
    progress.end(
        "forwarding after %s, %d of %d downloads right; %,d errors"
            .formatted(
                Text.time(stopNs + startNs),
                DOWNLOADS - failures.size(),
                DOWNLOADS,
                kept.failures().size() + fresh.failures().size()));
    return new Result(
        new Restart(
            stopNs, startNs, DOWNLOADS, body.length, failures, kept.summary(), fresh.summary()),
        first);
  }

  private static long time(Runnable step) {
    long start = System.nanoTime();
    step.run();
    return System.nanoTime() - start;
  }

  /** Shows the downloads until a time, or until none runs. */
  private void watch(List<Download> downloads, long endNs) {
    while (System.nanoTime() < endNs && downloads.stream().anyMatch(Download::isRunning)) {
      progress.now(
          "downloads at %.1f MB of %.1f MB"
              .formatted(
                  downloads.stream().mapToLong(Download::received).sum() / 1e6,
                  1e-6 * DOWNLOADS * NginxServer.BIG));
      scene.balancer().live(POLL_MS);
    }
  }
}
