package io.headrace.conntrack;

/**
 * How the flows of an earlier process come from the file into one worker's table: each when its
 * turn comes, or before that, when a frame of it does or a new flow would get its NAT port. A flow
 * is in the table or it waits, and it is the worker itself that takes it from there to here.
 *
 * <p>Single reader and writer: the worker that owns the table.
 */
final class FlowRecovery implements AutoCloseable {
  private final WaitingFlows waiting;
  private final FlowRestorer restorer;
  private final ConntrackCounters counters;

  FlowRecovery(WaitingFlows waiting, FlowRestorer restorer, ConntrackCounters counters) {
    this.waiting = waiting;
    this.restorer = restorer;
    this.counters = counters;
    counters.waiting().setRelease(waiting.left());
  }

  /** How many flows wait. */
  int left() {
    return waiting.left();
  }

  /**
   * Takes flows over whose turn it is.
   *
   * @return whether more wait
   */
  boolean takeTurns(int most, long nowNs) {
    for (int i = 0; i < most && waiting.left() > 0; i++) {
      WaitingBucket bucket = waiting.next();
      take(bucket, bucket.next(), nowNs);
    }
    return waiting.left() > 0;
  }

  /**
   * Takes a flow over of which a frame has come.
   *
   * @param hash of kind, addresses and ports of its client's side
   * @return the flow, or {@link FlowTable#NONE} when none waits that may go on
   */
  int ofClient(int hash, FlowTuple client, long nowNs) {
    WaitingBucket bucket = waiting.ofClient(client);
    return bucket == null
        ? FlowTable.NONE
        : asked(
            bucket,
            bucket.findClient(hash, client.kind(), client.addresses(), client.ports()),
            nowNs);
  }

  /** As {@link #ofClient}, by its server's side. */
  int ofServer(int hash, int kind, long addresses, int ports, long nowNs) {
    WaitingBucket bucket = waiting.ofServer(kind, ports);
    return bucket == null
        ? FlowTable.NONE
        : asked(bucket, bucket.findServer(hash, kind, addresses, ports), nowNs);
  }

  private int asked(WaitingBucket bucket, int found, long nowNs) {
    if (found == WaitingBucket.NONE) {
      return FlowTable.NONE;
    }
    counters.fileHits().incrementRelease();
    return take(bucket, found, nowNs);
  }

  private int take(WaitingBucket bucket, int found, long nowNs) {
    try {
      int flow = restorer.restore(bucket.stored(found), nowNs);
      if (flow >= 0) {
        counters.recovered().incrementRelease();
        return flow;
      }
      counters.orphaned().incrementRelease();
      bucket.forget(found);
      return FlowTable.NONE;
    } finally {
      waiting.taken(bucket, found);
      counters.waiting().setRelease(waiting.left());
    }
  }

  @Override
  public void close() {
    waiting.close();
  }
}
