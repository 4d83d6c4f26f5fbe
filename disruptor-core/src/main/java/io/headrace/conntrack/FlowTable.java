package io.headrace.conntrack;

import io.headrace.packet.IpAddress;
import java.lang.foreign.Arena;
import java.util.function.IntConsumer;

/**
 * The flows of one worker under their two keys, and in the order in which they end. Off-heap; no
 * operation takes a lock, and none but {@link PortPools} allocates. Single writer and reader: the
 * worker that owns the flows' buckets.
 */
public abstract sealed class FlowTable extends FlowRecords implements AutoCloseable
    permits Conntrack {
  /** There is no such flow. */
  public static final int NONE = -1;

  /** The most flows that one table can hold. */
  public static final int MAX_CAPACITY = 1 << 28;

  final FlowTimers timers;
  final PortPools pools;
  final ConntrackCounters counters;
  private final ChangeCount changes = new ChangeCount();
  private final Arena arena;
  private final FlowIndex clients;
  private final FlowIndex replies;
  private int size;

  FlowTable(int capacity, FlowHash hash, NatPorts ports, ConntrackCounters counters) {
    this(Arena.ofShared(), capacity, hash, ports, counters);
  }

  private FlowTable(
      Arena arena, int capacity, FlowHash hash, NatPorts ports, ConntrackCounters counters) {
    super(arena, checked(capacity));
    this.arena = arena;
    this.counters = counters;
    this.timers = new FlowTimers(this);
    this.clients = new FlowIndex(arena, this, CLIENT_KEY, hash);
    this.replies = new FlowIndex(arena, this, REPLY_KEY, hash);
    this.pools = new PortPools(this, ports, new FlowQueue.Links(arena, capacity));
  }

  /** What {@link #find} and {@link #findReply} find the flow of a frame by. */
  public int hash(FlowTuple tuple) {
    return clients.hash(tuple);
  }

  /**
   * Reads what {@link #find} will read first, so that it is in the cache then.
   *
   * @param hash of a frame from a client to a service
   * @return most likely its flow, or {@link #NONE}
   */
  public int prefetch(int hash) {
    return clients.first(hash);
  }

  /** As {@link #prefetch}, for {@link #findReply}. */
  public int prefetchReply(int hash) {
    return replies.first(hash);
  }

  /** The flow of a frame from a client to a service, or {@link #NONE}. */
  public int find(int hash, FlowTuple tuple, long nowNs) {
    int flow = clients.find(hash, tuple.kind(), tuple.addresses(), tuple.ports());
    return counted(flow != NONE && isLive(flow, nowNs) ? flow : NONE);
  }

  /** The flow of a frame from a server to a NAT port, or {@link #NONE}. */
  public int findReply(int hash, FlowTuple tuple, long nowNs) {
    int flow = replies.find(hash, tuple.kind(), tuple.addresses(), tuple.ports());
    return counted(flow != NONE && isLive(flow, nowNs) ? flow : NONE);
  }

  private int counted(int flow) {
    (flow == NONE ? counters.misses() : counters.hits()).incrementRelease();
    return flow;
  }

  /** How many flows there are, those in quarantine included. */
  public int size() {
    return size;
  }

  /** Shows every flow to the action, which may remove it. A scan: not for the hot path. */
  public void forEach(IntConsumer action) {
    for (int flow = 0; flow < untouched(); flow++) {
      if (!isFree(flow)) {
        action.accept(flow);
      }
    }
  }

  /** Frees the memory. What is in the durable copy stays there. */
  @Override
  public void close() {
    arena.close();
  }

  final boolean isLive(int flow, long nowNs) {
    return deadlineNs(flow) - nowNs > 0;
  }

  /** The flow with this client's side, be it past its deadline. */
  final int findClient(FlowTuple client) {
    return clients.find(client.kind(), client.addresses(), client.ports());
  }

  /** The flow with this server's side, be it past its deadline. */
  final int findServer(int kind, long replyAddresses, int replyPorts) {
    return replies.find(kind, replyAddresses, replyPorts);
  }

  /** Tells a {@link FlowReader} when a record was another flow's. */
  final ChangeCount changes() {
    return changes;
  }

  /** Adds a flow whose keys are not there yet, in a table that is not full. */
  final int insert(
      FlowTuple client,
      long replyAddresses,
      int replyPorts,
      IpAddress server,
      IpAddress nat,
      int serverId,
      int serviceId,
      FlowState state,
      long deadlineNs) {
    int flow = take();
    changes.begin();
    try {
      write(flow, client, replyAddresses, replyPorts, server, nat);
      ids(flow, serverId, serviceId);
      state(flow, state);
      deadlineNs(flow, deadlineNs);
    } finally {
      changes.end();
    }
    clients.add(flow);
    replies.add(flow);
    timers.add(flow);
    pools.add(flow);
    counters.in(state).incrementRelease();
    size++;
    return flow;
  }

  final void delete(int flow) {
    pools.remove(flow);
    timers.remove(flow);
    clients.remove(flow);
    replies.remove(flow);
    counters.in(state(flow)).decrementRelease();
    changes.begin();
    try {
      give(flow);
    } finally {
      changes.end();
    }
    size--;
  }

  private static int checked(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "a flow table holds 1 to " + MAX_CAPACITY + " flows, not " + capacity);
    }
    return capacity;
  }
}
