package io.headrace.perf;

import io.headrace.counters.Counters;
import io.headrace.counters.FrameTraces;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.counters.Times;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What it costs to keep the times of frames. One operation is one batch of frames that went through
 * the stages together: six readings of the clock, six histograms and a trace, and for each frame
 * its wait in the kernel. {@link PipelineBenchmark} has the cost of a frame as a whole.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimesBenchmark {
  private static final int STAGES = 6;

  /** Frames in a batch. */
  @Param({"1", "32"})
  int frames;

  private final Counters counters = Counters.inMemory();
  private final FrameTraces traces = counters.traces();
  private final Times kernel = times(STAGES);
  private final Times[] stages = new Times[STAGES];
  private long now = System.nanoTime();
  private long some;

  {
    for (int i = 0; i < STAGES; i++) {
      stages[i] = times(i);
    }
  }

  private Times times(int stage) {
    return counters.times(Name.of(Metric.STAGE_TIME).worker(stage));
  }

  /** Times of a few hundred nanoseconds to some tens of microseconds, as they come. */
  private long next() {
    some = some * 6364136223846793005L + 1442695040888963407L;
    return 300 + (some >>> 50);
  }

  @Benchmark
  public void keepTimesOfABatch() {
    for (int i = 0; i < frames; i++) {
      kernel.record(next(), 1);
    }
    traces.begin(now, frames, 0);
    for (int i = 0; i < STAGES; i++) {
      now = System.nanoTime();
      long ns = next();
      stages[i].record(ns, frames);
      traces.stage(i, ns);
    }
    traces.end();
  }

  /** What mode proxy does for a connection, four times, and for each read of one. */
  @Benchmark
  public void recordShared() {
    kernel.recordShared(next(), 1);
  }
}
