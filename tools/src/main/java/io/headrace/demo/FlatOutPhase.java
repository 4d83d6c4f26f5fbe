package io.headrace.demo;

import io.headrace.testbed.NginxServer;
import java.net.InetSocketAddress;

/** How many requests go through, beside the straight path. */
final class FlatOutPhase {
  private static final int SECONDS = 2;

  private final Scene scene;
  private final Progress progress;

  FlatOutPhase(Scene scene, Progress progress) {
    this.scene = scene;
    this.progress = progress;
  }

  /**
   * What was found.
   *
   * @param kept on connections that are kept
   * @param fresh with a connection for each request
   */
  record Result(Comparison<Wrk> kept, Comparison<Wrk> fresh) {}

  Result run() {
    progress.begin("flat out");
    Comparison<Wrk> kept = compare(true);
    Comparison<Wrk> fresh = compare(false);
    progress.end(
        "%,.0f requests a second, straight %,.0f (connections kept)"
            .formatted(kept.headrace().perSecond(), kept.straight().perSecond()));
    return new Result(kept, fresh);
  }

  private Comparison<Wrk> compare(boolean keepAlive) {
    return new Comparison<>(
        measure("straight", scene.straight(0), keepAlive),
        measure("through Headrace", scene.frontend(), keepAlive));
  }

  private Wrk measure(String path, InetSocketAddress target, boolean keepAlive) {
    progress.now(path + (keepAlive ? ", connections kept" : ", a connection for each request"));
    String url = "http://%s:%d/".formatted(target.getHostString(), NginxServer.PORT);
    return Wrk.run(scene.bed().client(), url, keepAlive, SECONDS);
  }
}
