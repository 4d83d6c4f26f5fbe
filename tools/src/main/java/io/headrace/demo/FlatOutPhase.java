package io.headrace.demo;

import io.headrace.testbed.NginxServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.stream.Stream;

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

  Result run() throws IOException {
    progress.begin("flat out");
    Comparison<Wrk> kept = compare(true);
    Comparison<Wrk> fresh = compare(false);
    progress.end(
        "%,.0f requests a second, straight %,.0f; %,d errors"
            .formatted(
                kept.headrace().perSecond(),
                kept.straight().perSecond(),
                errors(kept) + errors(fresh)));
    return new Result(kept, fresh);
  }

  private static long errors(Comparison<Wrk> rates) {
    return Stream.of(rates.straight(), rates.headrace())
        .mapToLong(rate -> rate.errors() + rate.wrongBodies())
        .sum();
  }

  private Comparison<Wrk> compare(boolean keepAlive) throws IOException {
    Set<String> first = Set.of(scene.bed().servers().getFirst().name());
    return new Comparison<>(
        measure("straight", scene.straight(0), first, keepAlive),
        measure("through Headrace", scene.frontend(), scene.names(), keepAlive));
  }

  private Wrk measure(String path, InetSocketAddress target, Set<String> names, boolean keepAlive)
      throws IOException {
    scene.balancer().live(0);
    progress.now(path + (keepAlive ? ", connections kept" : ", a connection for each request"));
    String url = "http://%s:%d/".formatted(target.getHostString(), NginxServer.PORT);
    return Wrk.run(scene.bed().client(), url, names, keepAlive, SECONDS);
  }
}
