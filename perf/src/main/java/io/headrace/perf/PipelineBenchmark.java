package io.headrace.perf;

import io.headrace.counters.Counters;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** {@link MemoryPipeline} on one thread. One operation is one frame. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class PipelineBenchmark {
  private static final int FRAMES = 1024;

  /** Flows that the frames belong to, in turn. */
  @Param({"100000", "1000000"})
  int flows;

  /** Whether they are of IPv6: of 74 bytes, then. */
  @Param({"false", "true"})
  boolean ipv6;

  private MemoryPipeline pipeline;

  @Setup(Level.Trial)
  public void open() throws Exception {
    pipeline = new MemoryPipeline(flows, ipv6, Counters.inMemory());
  }

  @TearDown(Level.Trial)
  public void close() {
    pipeline.close();
  }

  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public void forward() throws Exception {
    pipeline.run(FRAMES);
  }
}
