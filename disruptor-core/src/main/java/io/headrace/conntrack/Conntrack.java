package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;

/**
 * Connection tracking of one worker: which server and which NAT port a client's flow has, how far
 * it has come, and when it ends.
 *
 * <p>No operation allocates or takes a lock. Single writer and reader: the worker that owns the
 * flows' buckets. IPv4: addresses are ints in host order. Times are nanoseconds on one clock of the
 * caller's choice, which should not jump: a jump ahead ends flows early.
 *
 * <p>A flood of new flows cannot evict a flow whose two ends have both spoken. Flows that are still
 * opening have at most half of the table; the oldest makes room for a new one. In a full table, a
 * flow that is over makes room first.
 */
public final class Conntrack extends FlowTable {
  /** The flow was not created: the table is full of flows that may not be recycled. */
  public static final int TABLE_FULL = -2;

  /** The flow was not created: its bucket has no NAT port left towards this server. */
  public static final int NO_PORT = -3;

  static final int TCP = 6;
  private static final int LOOKED_AT_PER_CALL = 64;

  /** So many flows open within one round trip on a busy machine; a flood has more. */
  private static final int MOST_OPENING = 1000;

  private final long[] timeoutsNs = new long[FlowState.values().length];
  private final FlowStore store;
  private final FlowListener listener;

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
    super(capacity, hash, ports, counters);
    for (FlowState state : FlowState.values()) {
      timeoutsNs[state.ordinal()] = timeouts.of(state).toNanos();
    }
    this.store = store;
    this.listener = listener;
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
    int natPort = PortSearch.NONE;
    int former = findClient(protocol, clientAddresses, clientPorts);
    if (former != NONE) {
      if (keyAddresses(former, REPLY_KEY) == replyAddresses && serverPort(former) == serverPort) {
        natPort = natPort(former);
      }
      remove(former);
    }
    if (natPort == PortSearch.NONE) {
      natPort =
          ports()
              .search(
                  bucket, protocol, clientAddress, clientPort, replyAddresses, serverPort, nowNs);
    }
    if (natPort == PortSearch.NONE) {
      counters.noPort().incrementRelease();
      return NO_PORT;
    }
    int replyPorts = portPair(serverPort, natPort);
    vacate(findServer(protocol, replyAddresses, replyPorts), nowNs);
    if (!makeRoom()) {
      counters.tableFull().incrementRelease();
      return TABLE_FULL;
    }
    FlowState state = protocol == TCP ? FlowState.SYN_SENT : FlowState.UDP_UNREPLIED;
    int flow =
        insert(
            protocol,
            clientAddresses,
            clientPorts,
            replyAddresses,
            replyPorts,
            serverId,
            serviceId,
            state,
            deadline(state, nowNs));
    counters.created().incrementRelease();
    counters.current().setRelease(size());
    listener.flowOpened(serverId, serviceId);
    return flow;
  }

  /**
   * Takes over a flow of an earlier process, as open and just seen.
   *
   * @param clientArm index of the interface that the client is behind
   * @return the flow, {@link #TABLE_FULL}, or {@link #NO_PORT} when another flow has its key or its
   *     NAT port
   */
  public int restore(StoredFlow stored, int clientArm, int serverId, int serviceId, long nowNs) {
    int protocol = stored.protocol();
    long clientAddresses = pair(stored.clientAddress(), stored.serviceAddress());
    int clientPorts = portPair(stored.clientPort(), stored.servicePort());
    long replyAddresses = pair(stored.serverAddress(), stored.natAddress());
    int replyPorts = portPair(stored.serverPort(), stored.natPort());
    if (findClient(protocol, clientAddresses, clientPorts) != NONE
        || findServer(protocol, replyAddresses, replyPorts) != NONE) {
      return NO_PORT;
    }
    if (!makeRoom()) {
      return TABLE_FULL;
    }
    FlowState state = stored.state();
    int flow =
        insert(
            protocol,
            clientAddresses,
            clientPorts,
            replyAddresses,
            replyPorts,
            serverId,
            serviceId,
            state,
            deadline(state, nowNs));
    link(flow, stored.clientMac(), clientArm);
    packetLimit(flow, stored.packetLimit());
    stored(flow, true);
    counters.current().setRelease(size());
    listener.flowRestored(serverId, serviceId);
    return flow;
  }

  /**
   * A frame of the flow passes: its state follows, its deadline moves. A flow that the server has
   * answered is in the durable copy when this returns, so before the answer goes out.
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
    deadlineNs(flow, deadline(after, nowNs));
    if (after == before) {
      timers.touched(flow);
    } else {
      timers.remove(flow);
      state(flow, after);
      counters.in(before).decrementRelease();
      counters.in(after).incrementRelease();
      timers.add(flow);
      enter(flow, before, after);
    }
  }

  /**
   * One end says in its SYN how long a packet it takes. The shortest counts, for both directions.
   * Once the flow is open no SYN of its ends comes any more, and a forged one changes nothing.
   *
   * @param packetLimit in bytes, 1 to 65535
   */
  public void announce(int flow, int packetLimit) {
    int before = packetLimit(flow);
    if (state(flow).phase() == Phase.OPENING && (before == 0 || packetLimit < before)) {
      packetLimit(flow, packetLimit);
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
    for (int looked = 0; looked < LOOKED_AT_PER_CALL; looked++) {
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
    if (removed > 0) {
      counters.expired().getAndAddRelease(removed);
    }
    return removed;
  }

  /** Ends a flow at once. Its NAT port is free for others. */
  public void remove(int flow) {
    if (!isClosing(flow)) {
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
    forget(flow);
    delete(flow);
    counters.current().setRelease(size());
  }

  private long deadline(FlowState state, long nowNs) {
    return nowNs + timeoutsNs[state.ordinal()];
  }

  /**
   * As the client sees it, a connection is open when the server's answer reaches it: were it only
   * kept from the client's acknowledgment on, a client whose acknowledgment meets no balancer would
   * wait for an answer to its first bytes for ever. In a flood most answers go to forged addresses,
   * and are not worth writing.
   */
  private void enter(int flow, FlowState before, FlowState after) {
    boolean answered = after == FlowState.SYN_RECEIVED && timers.opening() <= MOST_OPENING;
    if (answered || after.phase() == Phase.OPEN && !isStored(flow)) {
      save(flow);
    } else if (before.phase() != after.phase() && after.phase() == Phase.CLOSING) {
      forget(flow);
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
  }

  private void save(int flow) {
    stored(flow, true);
    if (!store.put(this, flow)) {
      counters.storeFailed().incrementRelease();
    }
  }

  private void forget(int flow) {
    if (isStored(flow)) {
      stored(flow, false);
      if (!store.remove(this, flow)) {
        counters.storeFailed().incrementRelease();
      }
    }
  }

  /** Takes the NAT port from the flow that has it, if one has. */
  private void vacate(int holder, long nowNs) {
    if (holder != NONE) {
      (isLive(holder, nowNs) ? counters.portsRecycled() : counters.expired()).incrementRelease();
      remove(holder);
    }
  }

  private boolean makeRoom() {
    int victim = NIL;
    if (timers.opening() >= Math.max(1, capacity() / 2)) {
      victim = timers.oldestOpening();
    } else if (size() == capacity()) {
      victim = timers.leastNeeded();
    }
    if (victim != NIL) {
      remove(victim);
      counters.recycled().incrementRelease();
    }
    return size() < capacity();
  }
}
