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

  /** Null when no flow of an earlier process waits. */
  private FlowRecovery recovery;

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
    int flow = findClient(hash, tuple, nowNs);
    return counted(flow != NONE && isLive(flow, nowNs) ? flow : NONE);
  }

  /** The flow of a frame from a server to a NAT port, or {@link #NONE}. */
  public int findReply(int hash, FlowTuple tuple, long nowNs) {
    int flow = replies.find(hash, tuple.kind(), tuple.addresses(), tuple.ports());
    if (flow == NONE && recovery != null) {
      flow = recovery.ofServer(hash, tuple.kind(), tuple.addresses(), tuple.ports(), nowNs);
    }
    return counted(flow != NONE && isLive(flow, nowNs) ? flow : NONE);
  }

  /**
   * Takes over flows of an earlier process that wait, unless frames of theirs come first.
   *
   * @param most how many
   * @return whether more wait
   */
  public boolean recover(int most, long nowNs) {
    if (recovery != null && !recovery.takeTurns(most, nowNs)) {
      recovery.close();
      recovery = null;
    }
    return recovery != null;
  }

  /** Has flows of an earlier process wait for their turn, before the first frame comes. */
  final void recoverFrom(FlowRecovery before) {
    recovery = before;
  }

  /** How many flows of an earlier process wait. They have their place in the table already. */
  final int waiting() {
    return recovery == null ? 0 : recovery.left();
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
    if (recovery != null) {
      recovery.close();
      recovery = null;
    }
  }

  final boolean isLive(int flow, long nowNs) {
    return deadlineNs(flow) - nowNs > 0;
  }

  /** As {@link #findClient(FlowTuple)}, and then it may come from an earlier process. */
  final int findClient(int hash, FlowTuple client, long nowNs) {
    int flow = clients.find(hash, client.kind(), client.addresses(), client.ports());
    return flow == NONE && recovery != null ? recovery.ofClient(hash, client, nowNs) : flow;
  }

  /** Whether a flow of an earlier process has this server's side; then it goes on now. */
  final boolean recoverServer(int kind, long replyAddresses, int replyPorts, long nowNs) {
    return recovery != null
        && recovery.ofServer(
                replies.hash(kind, replyAddresses, replyPorts),
                kind,
                replyAddresses,
                replyPorts,
                nowNs)
            != NONE;
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
