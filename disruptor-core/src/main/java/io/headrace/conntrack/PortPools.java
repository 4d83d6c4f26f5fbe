package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The {@link PortPool}s of a table. They are made when the first flow comes that needs one, and
 * stay: their number is that of servers, NAT addresses and buckets. Nothing else allocates. Single
 * reader and writer: the worker that owns the table.
 */
final class PortPools {
  /** The pools of one server's protocol and port, from one NAT address. */
  private static final class Peer {
    private final int kind;
    private final int serverPort;
    private final PortPool[] pools = new PortPool[FlowHash.BUCKETS];
    private final Peer next;

    Peer(int kind, int serverPort, Peer next) {
      this.kind = kind;
      this.serverPort = serverPort;
      this.next = next;
    }
  }

  private final FlowRecords records;
  private final NatPorts ports;
  private final FlowQueue.Links links;
  private final Long2ObjectHashMap<Peer> peers = new Long2ObjectHashMap<>();
  private final List<PortPool> all = new ArrayList<>();
  private int opening;
  private int closing;
  private int turn;

  PortPools(FlowRecords records, NatPorts ports, FlowQueue.Links links) {
    this.records = records;
    this.ports = ports;
    this.links = links;
  }

  /** Whether flows may have this port at all. */
  boolean has(int port) {
    return ports.has(port);
  }

  /**
   * @param kind and replyAddresses, of the server and of NAT, as they stand in a record
   */
  PortPool of(int kind, long replyAddresses, int serverPort, int bucket) {
    Peer first = peers.get(replyAddresses);
    Peer peer = first;
    while (peer != null && (peer.serverPort != serverPort || peer.kind != kind)) {
      peer = peer.next;
    }
    if (peer == null) {
      peer = new Peer(kind, serverPort, first);
      peers.put(replyAddresses, peer);
    }
    PortPool pool = peer.pools[bucket];
    if (pool == null) {
      pool = new PortPool(ports, bucket, links);
      peer.pools[bucket] = pool;
      all.add(pool);
    }
    return pool;
  }

  /** How many flows are opening, over all pools. */
  int opening() {
    return opening;
  }

  /** A new flow takes its port, which is free, and its place in the order. */
  void add(int flow) {
    PortPool pool = of(flow);
    pool.take(records.natPort(flow));
    enter(pool, flow, records.state(flow).phase());
  }

  /** A flow is to be no more. */
  void remove(int flow) {
    PortPool pool = of(flow);
    leave(pool, flow, records.state(flow).phase());
    pool.give(records.natPort(flow));
  }

  /** A flow has gone from one phase to another. */
  void moved(int flow, Phase before, Phase after) {
    PortPool pool = of(flow);
    leave(pool, flow, before);
    enter(pool, flow, after);
  }

  /** A frame of a flow came that is opening or closing. */
  void touch(int flow, Phase phase) {
    of(flow).queue(phase).touch(flow);
  }

  /**
   * The oldest of some pool, or NIL when no flow is in that phase. Each pool gives one in turn, so
   * that none has to give all.
   */
  int oldestOfAny(Phase phase) {
    if ((phase == Phase.OPENING ? opening : closing) == 0) {
      return FlowRecords.NIL;
    }
    while (true) {
      turn = turn + 1 < all.size() ? turn + 1 : 0;
      int flow = all.get(turn).oldest(phase);
      if (flow != FlowRecords.NIL) {
        return flow;
      }
    }
  }

  private void enter(PortPool pool, int flow, Phase phase) {
    if (phase != Phase.OPEN) {
      pool.queue(phase).add(flow);
      count(phase, 1);
    }
  }

  private void leave(PortPool pool, int flow, Phase phase) {
    if (phase != Phase.OPEN) {
      pool.queue(phase).remove(flow);
      count(phase, -1);
    }
  }

  private void count(Phase phase, int change) {
    if (phase == Phase.OPENING) {
      opening += change;
    } else {
      closing += change;
    }
  }

  private PortPool of(int flow) {
    return of(
        records.kind(flow),
        records.keyAddresses(flow, FlowRecords.REPLY_KEY),
        records.serverPort(flow),
        records.bucket(flow));
  }
}
