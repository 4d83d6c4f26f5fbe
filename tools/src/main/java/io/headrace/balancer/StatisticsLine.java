package io.headrace.balancer;

import io.headrace.forward.Verdict;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.PipelineCounts;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line of statistics in the log, every so often. For one thread. */
final class StatisticsLine {
  private static final Logger LOG = LoggerFactory.getLogger(StatisticsLine.class);

  private final Passthrough passthrough;
  private final Steering steering;
  private Duration period = Duration.ZERO;
  private Future<?> repeated = CompletableFuture.completedFuture(null);

  StatisticsLine(Passthrough passthrough, Steering steering) {
    this.passthrough = passthrough;
    this.steering = steering;
  }

  /**
   * @param wanted zero is never
   */
  void every(Duration wanted) {
    if (!wanted.equals(period)) {
      repeated.cancel(false);
      period = wanted;
      if (!wanted.isZero()) {
        repeated = steering.every(wanted, this::say);
      }
    }
  }

  private void say() {
    PipelineCounts counts = passthrough.pipeline().counts();
    LOG.info(
        "frames: {} in, {} forwarded, {} offloaded; dropped: {}; passed to the kernel: {};"
            + " connections: {}",
        counts.received().get(),
        counts.forwarded().get(),
        passthrough.framesOffloaded(),
        ReasonCounts.of(counts.refused(), Verdict.DROP),
        ReasonCounts.of(counts.refused(), Verdict.PASS),
        passthrough.connections());
  }
}
