package io.headrace.conntrack;

import io.headrace.conntrack.FlowMap.Family;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The flows of an earlier process that wait in the file until one worker takes them over: those of
 * its buckets.
 *
 * <p>Filled by one thread; from then on, single reader and writer: the worker. To be closed before
 * the file is.
 */
public final class WaitingFlows implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final FlowHash hash;
  private final List<WaitingBucket> all = new ArrayList<>();
  private final WaitingBucket[] ipv4 = new WaitingBucket[FlowHash.BUCKETS];
  private final WaitingBucket[] ipv6 = new WaitingBucket[FlowHash.BUCKETS];
  private int left;
  private int turn;

  /**
   * @param hash of the table
   */
  WaitingFlows(FlowHash hash) {
    this.hash = hash;
  }

  /** Adds the flows of one of the worker's buckets. */
  void add(FlowMap map, int bucket, FlowAddresses addresses) {
    if (addresses.size(bucket) > 0) {
      WaitingBucket flows = new WaitingBucket(arena, map, hash, addresses.copy(bucket, arena));
      of(map.family() == Family.IPV6)[bucket] = flows;
      all.add(flows);
      left += flows.left();
    }
  }

  /** How many wait. */
  int left() {
    return left;
  }

  /** Where the one is whose turn it is. To be asked for while some wait. */
  WaitingBucket next() {
    while (all.get(turn).left() == 0) {
      turn++;
    }
    return all.get(turn);
  }

  /** Where a client's flow is if it waits; null when none can. */
  WaitingBucket ofClient(FlowTuple client) {
    return of(client.isIpv6())[hash.bucket(client)];
  }

  /**
   * As {@link #ofClient}, by the server's side.
   *
   * @param replyPorts as they stand in a record
   */
  WaitingBucket ofServer(int kind, int replyPorts) {
    return of((kind & FlowTuple.IPV6) != 0)[NatPorts.bucketOf(replyPorts >>> Short.SIZE)];
  }

  /** A flow waits no more. */
  void taken(WaitingBucket bucket, int flow) {
    bucket.taken(flow);
    left--;
  }

  @Override
  public void close() {
    arena.close();
  }

  private WaitingBucket[] of(boolean isIpv6) {
    return isIpv6 ? ipv6 : ipv4;
  }
}
