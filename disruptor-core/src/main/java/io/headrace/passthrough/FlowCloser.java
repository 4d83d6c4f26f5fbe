package io.headrace.passthrough;

import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.FlowView;
import io.headrace.conntrack.NatPorts;
import io.headrace.pipeline.Pipeline;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Ends flows of a data path that goes on, each on the thread of the worker that owns it, and some
 * at a time, so that no frame waits for long. For one thread.
 */
public final class FlowCloser {
  private static final int AT_A_TIME = 64;
  private static final int MOST_UNDER_WAY = 16;
  private static final long LONGEST_S = 10;

  private final Pipeline pipeline;
  private final List<Conntrack> conntracks;
  private final FlowHash hash;
  private final List<List<FlowTuple>> waiting;
  private final Semaphore room = new Semaphore(MOST_UNDER_WAY);
  private final AtomicLong closed = new AtomicLong();

  FlowCloser(Pipeline pipeline, List<Conntrack> conntracks, FlowHash hash) {
    this.pipeline = pipeline;
    this.conntracks = conntracks;
    this.hash = hash;
    this.waiting =
        Stream.<List<FlowTuple>>generate(ArrayList::new).limit(conntracks.size()).toList();
  }

  /**
   * Ends a flow, now or at {@link #finish}.
   *
   * @throws IOException when the data path is being stopped
   */
  public void close(FlowView flow) throws IOException {
    int worker = NatPorts.bucketOf(flow.port(End.NAT)) % conntracks.size();
    waiting.get(worker).add(flow.client(hash));
    if (waiting.get(worker).size() == AT_A_TIME) {
      tell(worker);
    }
  }

  /**
   * Returns when all are ended.
   *
   * @return how many were not over before
   * @throws IOException as {@link #close}
   */
  public long finish() throws IOException {
    for (int worker = 0; worker < waiting.size(); worker++) {
      tell(worker);
    }
    await(MOST_UNDER_WAY);
    room.release(MOST_UNDER_WAY);
    return closed.get();
  }

  private void tell(int worker) throws IOException {
    await(1);
    List<FlowTuple> flows = List.copyOf(waiting.get(worker));
    waiting.get(worker).clear();
    Conntrack conntrack = conntracks.get(worker);
    pipeline.tell(
        worker,
        () -> {
          try {
            for (FlowTuple flow : flows) {
              if (conntrack.cut(flow, System.nanoTime())) {
                closed.incrementAndGet();
              }
            }
          } finally {
            room.release();
          }
        });
  }

  private void await(int permits) throws IOException {
    try {
      if (!room.tryAcquire(permits, LONGEST_S, TimeUnit.SECONDS)) {
        throw new IOException("the workers do not answer");
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    }
  }
}
