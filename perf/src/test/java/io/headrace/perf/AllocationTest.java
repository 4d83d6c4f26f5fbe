package io.headrace.perf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int MOST_ROUNDS = 20;
  private static final int BATCHES = 2000;
  private static final int FRAMES = BATCHES * 1024;

  @Test
  void thePipelineAllocatesNothingPerFrame() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PipelineBenchmark pipeline = new PipelineBenchmark();
    pipeline.flows = 10_000;
    pipeline.open();
    long allocated = Long.MAX_VALUE;
    // What is not compiled yet does allocate, and on a busy machine the compiler takes its time.
    for (int round = 0; round < MOST_ROUNDS && allocated >= FRAMES / 100; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      run(pipeline);
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    pipeline.close();
    long last = allocated;
    assertTrue(last < FRAMES / 100, () -> last + " bytes for " + FRAMES + " frames");
  }

  private static void run(PipelineBenchmark pipeline) throws Exception {
    for (int batch = 0; batch < BATCHES; batch++) {
      pipeline.forward();
    }
  }
}
