package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;
import java.lang.foreign.Arena;
import java.util.function.IntConsumer;

/**
 * The flow table of one worker: which server and which NAT port a client's flow has, how far it has
 * come, and when it ends.
 *
 * <p>Off-heap; no operation allocates or takes a lock. Single writer and reader: the worker that
 * owns the flows' buckets. IPv4: addresses are ints in host order. Times are nanoseconds on one
 * clock of the caller's choice, which should not jump: a jump ahead ends flows early.
 *
 * <p>A flood of new flows cannot evict a flow whose two ends have both spoken. Flows that are still
 * opening have at most half of the table; the oldest makes room for a new one. In a full table, a
 * flow that is over makes room first.
 */
public final class Conntrack extends FlowRecords implements AutoCloseable {
  /** There is no such flow. */
  public static final int NONE = FlowIndex.NONE;

  /** The flow was not created: the table is full of flows that may not be recycled. */
  public static final int TABLE_FULL = -2;

  /** The flow was not created: its bucket has no NAT port left towards this server. */
  public static final int NO_PORT = -3;

  /** The most flows that one table can hold. */
  public static final int MAX_CAPACITY = 1 << 28;

  private static final int TCP = 6;
  private static final int EXPIRED_PER_CALL = 64;

  private final Arena arena;
  private final FlowIndex clients;
  private final FlowIndex replies;
  private final FlowTimers timers;
  private final NatPorts ports;
  private final FlowHash hash;
  private final long[] timeoutsNs = new long[FlowState.values().length];
  private final FlowStore store;
  private final FlowListener listener;
  private final ConntrackCounters counters;
  private int size;

  /**
   * @param capacity how many flows fit, those in quarantine included
   * @param hash the same for every worker, and for every process that shares a flow file
   * @param ports the same for every worker
   * @param store where flows outlive the process; the caller closes what is behind it
   */
  public Conntrack(
      int capacity,
      FlowHash hash,
      NatPorts ports,
      Timeouts timeouts,
      FlowStore store,
      FlowListener listener,
      ConntrackCounters counters) {
    this(Arena.ofShared(), capacity, hash, ports, timeouts, store, listener, counters);
  }

  private Conntrack(
      Arena arena,
      int capacity,
      FlowHash hash,
      NatPorts ports,
      Timeouts timeouts,
      FlowStore store,
      FlowListener listener,
      ConntrackCounters counters) {
    super(arena, checked(capacity));
    this.arena = arena;
    this.clients = new FlowIndex(arena, this, CLIENT_KEY, hash);
    this.replies = new FlowIndex(arena, this, REPLY_KEY, hash);
    this.timers = new FlowTimers(this);
    this.ports = ports;
    this.hash = hash;
    for (FlowState state : FlowState.values()) {
      timeoutsNs[state.ordinal()] = timeouts.of(state).toNanos();
    }
    this.store = store;
    this.listener = listener;
    this.counters = counters;
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
        clients.find(
            protocol, pair(clientAddress, serviceAddress), portPair(clientPort, servicePort));
    return flow != NONE && isLive(flow, nowNs) ? flow : NONE;
  }

  /** The flow of a frame from a server to a NAT port, or {@link #NONE}. */
  public int findReply(
      int protocol, int serverAddress, int serverPort, int natAddress, int natPort, long nowNs) {
    int flow =
        replies.find(protocol, pair(serverAddress, natAddress), portPair(serverPort, natPort));
    return flow != NONE && isLive(flow, nowNs) ? flow : NONE;
  }

  /**
   * Whether the flow is over, so that a frame that opens a connection begins another: {@link
   * #create} it.
   */
  public boolean isClosing(int flow) {
    return state(flow).phase() == Phase.CLOSING;
  }

  /**
   * Begins a flow, with a NAT port of its bucket that no other flow has towards this server's
   * address and port. A flow of the same client and service that is there is replaced; its NAT port
   * goes to the new one if the server is the same.
   *
   * @param bucket what {@link FlowHash#bucket} says of the client's side
   * @return the flow, {@link #TABLE_FULL} or {@link #NO_PORT}
   */
  public int create(
      int bucket,
      int protocol,
      int clientAddress,
      int clientPort,
      int serviceAddress,
      int servicePort,
      int serverAddress,
      int serverPort,
      int serverId,
      int serviceId,
      int natAddress,
      long nowNs) {
    long clientAddresses = pair(clientAddress, serviceAddress);
    int clientPorts = portPair(clientPort, servicePort);
    long replyAddresses = pair(serverAddress, natAddress);
    int natPort = NONE;
    int former = clients.find(protocol, clientAddresses, clientPorts);
    if (former != NONE) {
      if (keyAddresses(former, REPLY_KEY) == replyAddresses && serverPort(former) == serverPort) {
        natPort = natPort(former);
      }
      remove(former);
    }
    if (natPort == NONE) {
      long order = hash.tuple(protocol, clientAddress, clientPort, serverAddress, serverPort);
      natPort = choosePort(bucket, protocol, replyAddresses, serverPort, order, nowNs);
    }
    if (natPort == NONE) {
      counters.noPort().incrementRelease();
      return NO_PORT;
    }
    if (!makeRoom()) {
      counters.tableFull().incrementRelease();
      return TABLE_FULL;
    }
    int flow = take();
    write(
        flow,
        protocol,
        clientAddresses,
        clientPorts,
        replyAddresses,
        portPair(serverPort, natPort));
    ids(flow, serverId, serviceId);
    insert(flow, protocol == TCP ? FlowState.SYN_SENT : FlowState.UDP_UNREPLIED, nowNs);
    counters.created().incrementRelease();
    listener.flowOpened(serverId, serviceId);
    return flow;
  }

  /**
   * Takes over a flow of an earlier process, as open and just seen.
   *
   * @return the flow, {@link #TABLE_FULL}, or {@link #NO_PORT} when another flow has its key or NAT
   *     port
   */
  public int restore(StoredFlow stored, int serverId, int serviceId, long nowNs) {
    int protocol = stored.protocol();
    long clientAddresses = pair(stored.clientAddress(), stored.serviceAddress());
    int clientPorts = portPair(stored.clientPort(), stored.servicePort());
    long replyAddresses = pair(stored.serverAddress(), stored.natAddress());
    int replyPorts = portPair(stored.serverPort(), stored.natPort());
    if (clients.find(protocol, clientAddresses, clientPorts) != NONE
        || replies.find(protocol, replyAddresses, replyPorts) != NONE) {
      return NO_PORT;
    }
    if (!makeRoom()) {
      return TABLE_FULL;
    }
    int flow = take();
    write(flow, protocol, clientAddresses, clientPorts, replyAddresses, replyPorts);
    ids(flow, serverId, serviceId);
    link(flow, stored.clientMac(), stored.clientArm());
    stored(flow, true);
    insert(flow, protocol == TCP ? FlowState.ESTABLISHED : FlowState.UDP_REPLIED, nowNs);
    listener.flowRestored(serverId, serviceId);
    return flow;
  }

  /**
   * A frame of the flow passes: its state follows, its deadline moves. A flow that becomes open is
   * in the durable copy when this returns, so before the frame goes out.
   *
   * @param tcpFlags of a TCP header; anything for UDP
   */
  public void track(int flow, boolean fromClient, int tcpFlags, long nowNs) {
    FlowState before = state(flow);
    FlowState after;
    if (protocol(flow) == TCP) {
      after = TcpState.next(before, fromClient, tcpFlags);
    } else {
      after = fromClient ? before : FlowState.UDP_REPLIED;
    }
    deadlineNs(flow, nowNs + timeoutsNs[after.ordinal()]);
    if (after == before) {
      timers.touched(flow);
    } else {
      timers.remove(flow);
      state(flow, after);
      timers.add(flow);
      enter(flow, before.phase(), after.phase());
    }
  }

  /**
   * Keeps where the client's frames come from, which is where it is answered.
   *
   * @param clientMac source address of the Ethernet header, in the low 48 bits
   * @param arm index of the interface, 0 to 65535
   */
  public void clientLink(int flow, long clientMac, int arm) {
    if (link(flow, clientMac, arm) && isStored(flow)) {
      save(flow);
    }
  }

  /**
   * Removes flows that are past their deadline; a bounded number per call, so that the duty cycle
   * stays short.
   *
   * @return how many were removed
   */
  public int expire(long nowNs) {
    int removed = 0;
    for (int looked = 0; looked < EXPIRED_PER_CALL; looked++) {
      int flow = timers.due(nowNs);
      if (flow == NIL) {
        break;
      }
      if (isLive(flow, nowNs)) {
        timers.remove(flow);
        timers.add(flow);
      } else {
        remove(flow);
        removed++;
      }
    }
    counters.expired().getAndAddRelease(removed);
    return removed;
  }

  /** Ends a flow at once. Its NAT port is free for others. */
  public void remove(int flow) {
    if (state(flow).phase() != Phase.CLOSING) {
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
    forget(flow);
    timers.remove(flow);
    clients.remove(flow);
    replies.remove(flow);
    give(flow);
    size--;
    counters.current().setRelease(size);
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

  private boolean isLive(int flow, long nowNs) {
    return deadlineNs(flow) - nowNs > 0;
  }

  private void insert(int flow, FlowState state, long nowNs) {
    state(flow, state);
    deadlineNs(flow, nowNs + timeoutsNs[state.ordinal()]);
    clients.add(flow);
    replies.add(flow);
    timers.add(flow);
    size++;
    counters.current().setRelease(size);
  }

  private void enter(int flow, Phase before, Phase after) {
    if (before == after) {
      return;
    }
    if (after == Phase.OPEN) {
      save(flow);
    } else if (after == Phase.CLOSING) {
      forget(flow);
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
  }

  private void save(int flow) {
    boolean saved = store.put(this, flow);
    stored(flow, saved);
    if (!saved) {
      counters.storeFailed().incrementRelease();
    }
  }

  private void forget(int flow) {
    if (isStored(flow)) {
      stored(flow, false);
      store.remove(this, flow);
    }
  }

  /** Makes room for a flow that opens. */
  private boolean makeRoom() {
    int victim = NIL;
    if (timers.opening() >= Math.max(1, capacity() / 2)) {
      victim = timers.oldest(FlowTimers.OPENING);
    } else if (size == capacity()) {
      victim = timers.oldest(FlowTimers.RESET);
      victim = victim == NIL ? timers.oldest(FlowTimers.QUARANTINE) : victim;
      victim = victim == NIL ? timers.oldest(FlowTimers.OPENING) : victim;
    }
    if (victim != NIL) {
      remove(victim);
      counters.recycled().incrementRelease();
    }
    return size < capacity();
  }

  /**
   * Looks at the bucket's ports in an order that an outsider cannot foretell (after RFC 6056,
   * algorithm 4: a keyed hash says where to begin and how far to step), at each of them at most
   * once. When every port is taken, the flow in quarantine that would end first gives its port up,
   * or else the one that is opening.
   */
  private int choosePort(
      int bucket, int protocol, long replyAddresses, int serverPort, long order, long nowNs) {
    int count = ports.count(bucket);
    int mask = Integer.highestOneBit(Math.max(1, 2 * count - 1)) - 1;
    int step = (int) (order >>> 32) | 1;
    int victim = NONE;
    for (int tried = 0, at = (int) order; tried <= mask; tried++, at += step) {
      int index = at & mask;
      if (index < count) {
        int port = ports.port(bucket, index);
        int holder = replies.find(protocol, replyAddresses, portPair(serverPort, port));
        if (holder == NONE) {
          return port;
        }
        if (!isLive(holder, nowNs)) {
          remove(holder);
          counters.expired().incrementRelease();
          return port;
        }
        victim = rather(victim, holder);
      }
    }
    if (victim == NONE) {
      return NONE;
    }
    int port = natPort(victim);
    remove(victim);
    counters.portsRecycled().incrementRelease();
    return port;
  }

  /** Which of two flows should give up its port; either may be NONE. An open flow never does. */
  private int rather(int victim, int other) {
    Phase phase = state(other).phase();
    if (phase == Phase.OPEN) {
      return victim;
    }
    if (victim == NONE || phase != state(victim).phase()) {
      return victim == NONE || phase == Phase.CLOSING ? other : victim;
    }
    return deadlineNs(other) - deadlineNs(victim) < 0 ? other : victim;
  }

  private static int checked(int capacity) {
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "a flow table holds 1 to " + MAX_CAPACITY + " flows, not " + capacity);
    }
    return capacity;
  }
}
