package io.headrace.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Buffers that were forgotten: collected by the garbage collector, and never released. */
final class Leaks extends ResourceLeakDetectorFactory {
  private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

  private Leaks() {}

  /** Has every buffer followed. To be called before the first one is made. */
  static void watch() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Leaks());
  }

  /** What was forgotten so far, each with where it was last touched. */
  static Queue<String> found() {
    System.gc();
    // A detector looks when the next buffer is made.
    for (int i = 0; i < 10; i++) {
      ByteBuf next = Unpooled.directBuffer(1);
      next.release();
    }
    return FOUND;
  }

  // The one that is to be written, for it is abstract.
  @SuppressWarnings("deprecation")
  @Override
  public <T> ResourceLeakDetector<T> newResourceLeakDetector(
      Class<T> resource, int samplingInterval, long maxActive) {
    return new ResourceLeakDetector<>(resource, samplingInterval) {
      @Override
      protected boolean needReport() {
        return true;
      }

      @Override
      protected void reportTracedLeak(String resourceType, String records) {
        FOUND.add(resourceType + records);
      }

      @Override
      protected void reportUntracedLeak(String resourceType) {
        FOUND.add(resourceType);
      }
    };
  }
}
