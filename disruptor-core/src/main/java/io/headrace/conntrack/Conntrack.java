package io.headrace.conntrack;

import io.headrace.config.Timeouts;
import io.headrace.conntrack.FlowState.Phase;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;

/**
 * Connection tracking of one worker: which server and which NAT port a client's flow has, how far
 * it has come, and when it ends.
 *
 * <p>No operation takes a lock, and only the first flow towards a server allocates. Single writer
 * and reader: the worker that owns the flows' buckets. Times are nanoseconds on one clock of the
 * caller's choice, which should not jump: a jump ahead ends flows early.
 */
public final class Conntrack extends FlowTable {
  /** The flow was not created: the table is full of flows that may not be recycled. */
  public static final int TABLE_FULL = -2;

  /** The flow was not created: its bucket has no NAT port left towards this server. */
  public static final int NO_PORT = -3;

  /** The flow was not created: its source address has begun too many. */
  public static final int OVER_LIMIT = -4;

  static final int TCP = 6;

  /** As the kernel's net.ipv4.route.min_pmtu. */
  private static final int LEAST_IPV4_MTU = 552;

  /** RFC 8200, 5. */
  private static final int LEAST_IPV6_MTU = 1280;

  private static final int LOOKED_AT_PER_CALL = 64;

  /** So many flows open within one round trip on a busy machine; a flood has more. */
  private static final int MOST_OPENING = 1000;

  private final long[] timeoutsNs = new long[FlowState.values().length];
  private final FlowHash hash;
  private final FlowTuple restored = new FlowTuple();
  private final Admission admission;
  private final FlowStore store;
  private final FlowListener listener;
  private FlowOffload offload = FlowOffload.NONE;

  /**
   * @param limits how much it takes
   * @param hash the same for every worker, and for every process that shares a flow file
   * @param ports the same for every worker
   * @param store where flows outlive the process; the caller closes what is behind it
   */
  public Conntrack(
      Limits limits,
      FlowHash hash,
      NatPorts ports,
      Timeouts timeouts,
      FlowStore store,
      FlowListener listener,
      ConntrackCounters counters) {
    super(limits.capacity(), hash, ports, counters);
    this.hash = hash;
    this.admission = new Admission(this, hash, limits);
    this.store = store;
    this.listener = listener;
    timeouts(timeouts);
  }

  /** Has other time-outs from now on; a flow that is there, from its next frame on. */
  public void timeouts(Timeouts timeouts) {
    for (FlowState state : FlowState.values()) {
      timeoutsNs[state.ordinal()] = state.timeout(timeouts).toNanos();
    }
  }

  /** Takes another number of flows from now on. The capacity stays as it is. */
  public void limits(Limits limits) {
    admission.limits(limits);
  }

  /** Has something else forward frames of its flows, too; to be called before the first flow. */
  public void offloadTo(FlowOffload offload) {
    this.offload = offload;
  }

  /** Whether both ends have spoken, and neither has ended it. */
  public boolean isOpen(int flow) {
    return state(flow).phase() == Phase.OPEN;
  }

  /**
   * Whether the flow is over, so that a frame that opens a connection begins another: {@link
   * #create} it.
   */
  public boolean isClosing(int flow) {
    return state(flow).phase() == Phase.CLOSING;
  }

  /**
   * Begins a flow, with a NAT address and a port of its bucket that no other flow has towards this
   * server's address and port. When every port is taken, the oldest flow gives its up that is over,
   * or opening. A flow of the same client and service that is there is replaced; its NAT address
   * and port go to the new one if the server is the same.
   *
   * @param bucket what {@link FlowHash#bucket} says of the client's side
   * @param client what a frame from the client to the service has
   * @param natAddresses what the server may see as its client, one at least, of the client's
   *     family, as the server's own; not changed
   * @return the flow, {@link #TABLE_FULL}, {@link #NO_PORT} or {@link #OVER_LIMIT}
   */
  public int create(
      int bucket,
      FlowTuple client,
      IpAddress server,
      int serverPort,
      int serverId,
      int serviceId,
      IpAddress[] natAddresses,
      long nowNs) {
    if (!admission.admits(client, nowNs)) {
      counters.sourceLimited().incrementRelease();
      return OVER_LIMIT;
    }
    int nat = Admission.NO_NAT;
    int former = findClient(hash(client), client, nowNs);
    if (former != NONE) {
      nat = admission.natOf(former, server, serverPort, natAddresses);
      remove(former);
    }
    if (nat == Admission.NO_NAT) {
      nat = admission.findNat(bucket, client, server, serverPort, natAddresses, nowNs);
    }
    if (nat == Admission.NO_NAT) {
      counters.noPort().incrementRelease();
      return NO_PORT;
    }
    admission.boundOpening(nowNs);
    if (!admission.makeRoom(waiting(), nowNs)) {
      counters.tableFull().incrementRelease();
      return TABLE_FULL;
    }
    FlowState state = client.protocol() == TCP ? FlowState.SYN_SENT : FlowState.UDP_UNREPLIED;
    IpAddress natAddress = natAddresses[Admission.address(nat)];
    int flow =
        insert(
            client,
            hash.addresses(client.isIpv6(), server, natAddress),
            portPair(serverPort, Admission.port(nat)),
            server,
            natAddress,
            serverId,
            serviceId,
            state,
            deadline(state, nowNs));
    counters.created().incrementRelease();
    listener.flowOpened(serverId, serviceId);
    return flow;
  }

  /**
   * Has flows of an earlier process go on, before the first frame comes: each when a frame of it
   * does, or when {@link #recover} comes to it.
   *
   * @param restorer puts each into this table, by {@link #restore}
   */
  public void recoverFrom(WaitingFlows waiting, FlowRestorer restorer) {
    recoverFrom(new FlowRecovery(waiting, restorer, counters));
  }

  /**
   * Takes over a flow of an earlier process, as open and just seen.
   *
   * @param clientArm index of the interface that the client is behind
   * @return the flow, {@link #TABLE_FULL}, or {@link #NO_PORT} when another flow has its key or its
   *     NAT port, or that port is none of ours, or not of the client's bucket
   */
  public int restore(StoredFlow stored, int clientArm, int serverId, int serviceId, long nowNs) {
    stored.fill(restored, hash);
    long replyAddresses = hash.addresses(restored.isIpv6(), stored.server(), stored.nat());
    int replyPorts = portPair(stored.serverPort(), stored.natPort());
    if (!stored.isOf(hash)
        || !pools.has(stored.natPort())
        || findClient(restored) != NONE
        || findServer(restored.kind(), replyAddresses, replyPorts) != NONE) {
      return NO_PORT;
    }
    if (!admission.makeRoom(0, nowNs)) {
      return TABLE_FULL;
    }
    FlowState state = stored.state();
    int flow =
        insert(
            restored,
            replyAddresses,
            replyPorts,
            stored.server(),
            stored.nat(),
            serverId,
            serviceId,
            state,
            deadline(state, nowNs));
    link(flow, stored.clientMac(), clientArm);
    packetLimit(flow, stored.packetLimit());
    stored(flow, true);
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
    if (protocol(flow) != TCP) {
      after = fromClient ? before : FlowState.UDP_REPLIED;
    } else if (before == FlowState.RESET) {
      after = Resets.next(this, flow, fromClient, tcpFlags);
    } else {
      after = TcpState.next(before, fromClient, tcpFlags);
    }
    long deadlineBefore = deadlineNs(flow);
    long deadline = deadline(after, nowNs);
    deadlineNs(flow, deadline);
    if (deadline - deadlineBefore < 0) {
      timers.nearer(flow);
    }
    if (after != before) {
      state(flow, after);
      counters.in(before).decrementRelease();
      counters.in(after).incrementRelease();
      enter(flow, before, after);
    } else if (before.phase() != Phase.OPEN) {
      pools.touch(flow, before.phase());
    }
    offload.passed(flow);
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
   * A router on the path says how long a packet it takes. Who forges that makes packets no shorter
   * than any path's may be.
   *
   * @param packetLimit in bytes
   */
  public void learnPath(int flow, int packetLimit) {
    int limit = Math.max(packetLimit, isIpv6(flow) ? LEAST_IPV6_MTU : LEAST_IPV4_MTU);
    if (protocol(flow) == TCP && limit < packetLimit(flow)) {
      packetLimit(flow, limit);
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
    offload.look(nowNs);
    int removed = 0;
    for (int looked = 0; looked < LOOKED_AT_PER_CALL; looked++) {
      int flow = timers.due(nowNs);
      if (flow == NIL) {
        break;
      }
      if (isLive(flow, nowNs) || lives(flow, nowNs)) {
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

  /**
   * Ends a flow because an operator wants it. A UDP client begins anew with its next datagram. A
   * connection counts as reset, but goes on in no case: what its ends send is answered with a RST.
   *
   * @param client what a frame from its client has
   * @return false when there is none, or it was over
   */
  public boolean cut(FlowTuple client, long nowNs) {
    int flow = findClient(client);
    if (flow == NONE || isClosing(flow)) {
      return false;
    }
    if (protocol(flow) == TCP) {
      track(flow, false, Tcp.RST, nowNs);
      Resets.forGood(this, flow);
    } else {
      remove(flow);
    }
    return true;
  }

  /** Whether it was {@linkplain #cut}. */
  public boolean isCut(int flow) {
    return Resets.isForGood(this, flow);
  }

  /** Whether frames that did not come here have kept it alive. */
  private boolean lives(int flow, long nowNs) {
    long seenNs = offload.lastSeenNs(flow);
    if (seenNs != FlowOffload.NEVER) {
      seen(flow, seenNs);
    }
    return isLive(flow, nowNs);
  }

  /** A frame of the flow has passed that did not come here: its deadline moves. */
  public void seen(int flow, long atNs) {
    long deadline = deadline(state(flow), atNs);
    if (deadline - deadlineNs(flow) > 0) {
      deadlineNs(flow, deadline);
    }
  }

  /** Ends a flow at once. Its NAT port is free for others. */
  public void remove(int flow) {
    offload.withdraw(flow);
    if (!isClosing(flow)) {
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
    forget(flow);
    delete(flow);
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
    Phase from = before.phase();
    Phase to = after.phase();
    if (from != to) {
      pools.moved(flow, from, to);
    } else if (from != Phase.OPEN) {
      pools.touch(flow, from);
    }
    if (from == Phase.CLOSING && to == Phase.OPEN) {
      counters.resumed().incrementRelease();
      listener.flowRestored(serverId(flow), serviceId(flow));
    }
    boolean answered = after == FlowState.SYN_RECEIVED && pools.opening() <= MOST_OPENING;
    if (answered || to == Phase.OPEN && !isStored(flow)) {
      save(flow);
    } else if (from != to && to == Phase.CLOSING) {
      offload.withdraw(flow);
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
}
