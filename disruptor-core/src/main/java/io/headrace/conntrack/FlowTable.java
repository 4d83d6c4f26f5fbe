package io.headrace.conntrack;

import java.lang.foreign.Arena;
import java.util.function.IntConsumer;

/**
 * The flows of one worker under their two keys, and in the order in which they end. Off-heap; no
 * operation allocates or takes a lock. Single writer and reader: the worker that owns the flows'
 * buckets.
 */
public abstract sealed class FlowTable extends FlowRecords implements AutoCloseable
    permits Conntrack {
  /** There is no such flow. */
  public static final int NONE = -1;

  /** The most flows that one table can hold. */
  public static final int MAX_CAPACITY = 1 << 28;

  final FlowTimers timers;
  private final Arena arena;
  private final FlowIndex clients;
  private final FlowIndex replies;
  private final PortSearch ports;
  private int size;

  FlowTable(int capacity, FlowHash hash, NatPorts ports) {
    this(Arena.ofShared(), capacity, hash, ports);
  }

  private FlowTable(Arena arena, int capacity, FlowHash hash, NatPorts ports) {
    super(arena, checked(capacity));
    this.arena = arena;
    this.timers = new FlowTimers(this);
    this.clients = new FlowIndex(arena, this, CLIENT_KEY, hash);
    this.replies = new FlowIndex(arena, this, REPLY_KEY, hash);
    this.ports = new PortSearch(ports, hash, this, replies);
  }

  /** The flow of a frame from a client to a service, or {@link #NONE}. */
  public int find(
      int protocol,
      int clientAddress,
      int clientPort,
      int serviceAddress,
      int servicePort,
      long nowNs) {
    int flow =
        findClient(
            protocol, pair(clientAddress, serviceAddress), portPair(clientPort, servicePort));
    return flow != NONE && isLive(flow, nowNs) ? flow : NONE;
  }

  /** The flow of a frame from a server to a NAT port, or {@link #NONE}. */
  public int findReply(
      int protocol, int serverAddress, int serverPort, int natAddress, int natPort, long nowNs) {
    int flow = findServer(protocol, pair(serverAddress, natAddress), portPair(serverPort, natPort));
    return flow != NONE && isLive(flow, nowNs) ? flow : NONE;
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
  final int findClient(int protocol, long clientAddresses, int clientPorts) {
    return clients.find(protocol, clientAddresses, clientPorts);
  }

  /** The flow with this server's side, be it past its deadline. */
  final int findServer(int protocol, long replyAddresses, int replyPorts) {
    return replies.find(protocol, replyAddresses, replyPorts);
  }

  final PortSearch ports() {
    return ports;
  }

  /** Adds a flow whose keys are not there yet, in a table that is not full. */
  final int insert(
      int protocol,
      long clientAddresses,
      int clientPorts,
      long replyAddresses,
      int replyPorts,
      FlowState state,
      long deadlineNs) {
    int flow = take();
    write(flow, protocol, clientAddresses, clientPorts, replyAddresses, replyPorts);
    state(flow, state);
    deadlineNs(flow, deadlineNs);
    clients.add(flow);
    replies.add(flow);
    timers.add(flow);
    size++;
    return flow;
  }

  final void delete(int flow) {
    timers.remove(flow);
    clients.remove(flow);
    replies.remove(flow);
    give(flow);
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
