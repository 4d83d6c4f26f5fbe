package io.headrace.perf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int BATCHES = 2000;
  private static final int FRAMES = BATCHES * 1024;

  @Test
  void thePipelineAllocatesNothingPerFrame() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PipelineBenchmark pipeline = new PipelineBenchmark();
    pipeline.flows = 10_000;
    pipeline.open();
    run(pipeline);

    long before = threads.getCurrentThreadAllocatedBytes();
    run(pipeline);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    pipeline.close();
    assertTrue(allocated < FRAMES / 100, () -> allocated + " bytes for " + FRAMES + " frames");
  }

  private static void run(PipelineBenchmark pipeline) throws Exception {
    for (int batch = 0; batch < BATCHES; batch++) {
      pipeline.forward();
    }
  }
}
