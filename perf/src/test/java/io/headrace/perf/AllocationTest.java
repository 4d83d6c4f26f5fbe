package io.headrace.perf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllocationTest {
  private static final int MOST_ROUNDS = 20;
  private static final int BATCHES = 2000;
  private static final int FRAMES = BATCHES * 1024;
  private static final int BOUND = FRAMES / 100;

  @ParameterizedTest(name = "IPv6: {0}")
  @ValueSource(booleans = {false, true})
  void thePipelineAllocatesNothingPerFrame(boolean ipv6) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PipelineBenchmark pipeline = new PipelineBenchmark();
    pipeline.flows = 10_000;
    pipeline.ipv6 = ipv6;
    pipeline.open();
    // What is not compiled yet does allocate, and on a busy machine the compiler takes its time.
    int rounds = 0;
    while (rounds < MOST_ROUNDS && allocated(pipeline, threads) >= BOUND) {
      rounds++;
    }
    long allocated = allocated(pipeline, threads);
    pipeline.close();
    assertTrue(allocated < BOUND, () -> allocated + " bytes for " + FRAMES + " frames");
  }

  private static long allocated(PipelineBenchmark pipeline, ThreadMXBean threads) throws Exception {
    long before = threads.getCurrentThreadAllocatedBytes();
    run(pipeline);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private static void run(PipelineBenchmark pipeline) throws Exception {
    for (int batch = 0; batch < BATCHES; batch++) {
      pipeline.forward();
    }
  }
}
