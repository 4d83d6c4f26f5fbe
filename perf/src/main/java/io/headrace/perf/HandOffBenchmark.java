package io.headrace.perf;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
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

/**
 * What the ring itself costs a frame: a batch is published, and taken by the same thread or by
 * another that spins. One operation is one frame; with a second thread, it includes the wait for
 * the whole batch to be taken.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HandOffBenchmark {
  private static final int BATCH = 64;

  /** 1: publisher and taker are one thread. */
  @Param({"1", "2"})
  int threads;

  private final RingBuffer<long[]> ring =
      RingBuffer.createSingleProducer(() -> new long[1], 2048, new BusySpinWaitStrategy());
  private final EventPoller<long[]> poller = ring.newPoller();
  private Thread taker;
  private volatile boolean ended;
  private long taken;

  @Setup(Level.Trial)
  public void open() {
    ring.addGatingSequences(poller.getSequence());
    if (threads == 2) {
      taker = Thread.ofPlatform().daemon().start(this::takeAll);
    }
  }

  @TearDown(Level.Trial)
  public void close() throws InterruptedException {
    ended = true;
    if (taker != null) {
      taker.join();
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void batch() throws Exception {
    long last = ring.next(BATCH);
    ring.publish(last - BATCH + 1, last);
    if (threads == 1) {
      poller.poll(this::take);
    } else {
      while (poller.getSequence().get() < last) {
        Thread.onSpinWait();
      }
    }
  }

  private void takeAll() {
    try {
      while (!ended) {
        poller.poll(this::take);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean take(long[] slot, long sequence, boolean endOfBatch) {
    taken += slot[0];
    return true;
  }
}
