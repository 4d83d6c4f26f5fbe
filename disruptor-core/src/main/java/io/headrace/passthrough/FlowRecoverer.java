package io.headrace.passthrough;

import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.FlowRestorer;
import io.headrace.conntrack.StoredFlow;
import io.headrace.conntrack.WaitingFlows;
import io.headrace.forward.ForwardingTable;
import io.headrace.pipeline.Pipeline;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Has the flows of an earlier process go on in a data path that forwards already: each on the
 * thread of the worker that owns it, some at a time, so that no frame waits for long. A frame of a
 * flow whose turn has not come brings the flow with it.
 *
 * <p>A flow goes on if its frontend, its server, its NAT address and its NAT port are still ours.
 * Which these are is settled when this is made.
 */
public final class FlowRecoverer {
  /**
   * What became of the flows.
   *
   * @param recovered how many go on
   * @param orphaned how many do not
   */
  public record Result(int recovered, int orphaned) {}

  private static final int AT_A_TIME = 64;
  private static final long LONGEST_S = 60;

  private final Pipeline pipeline;
  private final List<Conntrack> conntracks;
  private final List<Integer> armIds;
  private final KnownEnds ends;
  private final ForwardingTable table;
  private final AtomicInteger recovered = new AtomicInteger();
  private final AtomicInteger orphaned = new AtomicInteger();
  private final AtomicInteger unfinished;
  private final CompletableFuture<Result> result = new CompletableFuture<>();

  /**
   * @param conntracks of the pipeline's workers
   * @param armIds what stands in the file for each arm
   * @param table the addresses and ports that are ours
   */
  FlowRecoverer(
      Pipeline pipeline,
      List<Conntrack> conntracks,
      List<Integer> armIds,
      List<WaitingFlows> waiting,
      Snapshot snapshot,
      ForwardingTable table) {
    this.pipeline = pipeline;
    this.conntracks = conntracks;
    this.armIds = armIds;
    this.ends = new KnownEnds(snapshot);
    this.table = table;
    this.unfinished = new AtomicInteger(conntracks.size());
    for (int worker = 0; worker < conntracks.size(); worker++) {
      conntracks.get(worker).recoverFrom(waiting.get(worker), restorer(conntracks.get(worker)));
    }
  }

  private FlowRestorer restorer(Conntrack conntrack) {
    return (flow, nowNs) -> {
      int restored = restore(conntrack, flow, nowNs);
      (restored >= 0 ? recovered : orphaned).incrementAndGet();
      return restored;
    };
  }

  private int restore(Conntrack conntrack, StoredFlow flow, long nowNs) {
    KnownEnds.Ids ids = ends.of(flow);
    if (ids == null || !table.isNatEndpoint(flow.nat(), flow.natPort())) {
      return Conntrack.NONE;
    }
    // Where the client is to be answered until its next frame says.
    int arm = Math.max(0, armIds.indexOf(flow.clientArmId()));
    return conntrack.restore(flow, arm, ids.server(), ids.service(), nowNs);
  }

  /**
   * Begins; to be called once.
   *
   * @param nowNs tells the time that flows live by, to any worker
   * @return what comes of it, on the thread of a worker, which is not to be held up
   */
  public CompletionStage<Result> start(LongSupplier nowNs) {
    for (int worker = 0; worker < conntracks.size(); worker++) {
      tell(worker, nowNs);
    }
    return result;
  }

  private void tell(int worker, LongSupplier nowNs) {
    Conntrack conntrack = conntracks.get(worker);
    pipeline.tell(
        worker,
        () -> {
          boolean moreWait = true;
          try {
            moreWait = conntrack.recover(AT_A_TIME, nowNs.getAsLong());
          } finally {
            if (moreWait) {
              tell(worker, nowNs);
            } else {
              finished();
            }
          }
        });
  }

  private void finished() {
    if (unfinished.decrementAndGet() == 0) {
      result.complete(new Result(recovered.get(), orphaned.get()));
    }
  }

  /**
   * Has all of them go on now, in place of {@link #start}, while no worker has a thread.
   *
   * @param nowNs the time that flows live by
   */
  public Result finish(long nowNs) {
    for (Conntrack conntrack : conntracks) {
      conntrack.recover(Integer.MAX_VALUE, nowNs);
      finished();
    }
    return result.join();
  }

  /** Whether every flow goes on that may. */
  public boolean isDone() {
    return result.isDone() && !result.isCancelled();
  }

  /**
   * Waits until every flow goes on that may. Not for a worker's thread.
   *
   * @throws IOException when the data path is stopped before that, or takes too long
   */
  public void await() throws IOException {
    try {
      result.get(LONGEST_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new InterruptedIOException("interrupted");
    } catch (TimeoutException | CancellationException | ExecutionException e) {
      throw new IOException("connections of an earlier run are still being taken over", e);
    }
  }

  /** The pipeline has been stopped: what waits is left in the file. */
  void stop() {
    result.cancel(false);
  }
}
