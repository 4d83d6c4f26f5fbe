package io.headrace.conntrack;

import static io.headrace.conntrack.FlowState.ESTABLISHED;
import static io.headrace.conntrack.FlowState.FIN_CLIENT;
import static io.headrace.conntrack.FlowState.RESET;
import static io.headrace.conntrack.FlowState.SYN_SENT;
import static io.headrace.conntrack.FlowState.UDP_REPLIED;
import static io.headrace.conntrack.FlowState.UDP_UNREPLIED;

import io.headrace.config.Timeouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which server the flows of one worker have of which only the client's frames are seen, so that
 * they keep it while their pool changes, and are counted. A cache: a flow that finds no place is
 * forwarded all the same, to where the pool's table sends it.
 *
 * <p>Fixed memory, no allocation, no lock. A flow has one of four places, a cache line, by a hash
 * that stands for it altogether (64 bits, keyed):
 *
 * <pre>
 *    0                 8                                      16
 *   +-----------------+----------+----------+-----+----------+
 *   | hash; 0: free   |server: 22|service:16|st: 2|deadline:24|   × 4
 *   +-----------------+----------+----------+-----+----------+
 * </pre>
 *
 * <p>Beside it lies where the client is: its MAC address (48 bits) and the arm's index (16), for
 * those whose answers come by here.
 *
 * <p>A flow whose client has sent one frame makes room for others, so that a flood of those cannot
 * push out connections that are open. Single writer and reader: the worker that owns the flows'
 * buckets. Times are nanoseconds on one clock; a deadline counts in units of 2^30 of them.
 */
public final class OneWayFlows implements AutoCloseable {
  /** There is no such flow. */
  public static final int NONE = -1;

  private static final int OPENING = 0;
  private static final int OPEN = 1;
  private static final int CLOSING = 2;

  private static final int PLACES = 4;
  private static final int PLACE_LENGTH = 2 * Long.BYTES;
  private static final int SET_LENGTH = PLACES * PLACE_LENGTH;
  private static final int MOST = Integer.MAX_VALUE / SET_LENGTH;

  private static final int SERVER_SHIFT = 42;
  private static final int SERVICE_SHIFT = 26;
  private static final int STATE_SHIFT = 24;
  private static final int SERVER_MASK = (1 << 22) - 1;
  private static final int SERVICE_MASK = (1 << 16) - 1;
  private static final int STATE_MASK = 3;
  private static final int DEADLINE_MASK = (1 << 24) - 1;
  private static final int UNIT_SHIFT = 30;

  /** Every set is looked at once in such a time, for flows whose time is over. */
  private static final long ROUND_NS = TimeUnit.SECONDS.toNanos(60);

  private static final int SETS_PER_CALL = 64;

  private final Arena arena = Arena.ofShared();
  private final UnsafeBuffer memory;
  private final UnsafeBuffer links;
  private final int sets;
  private final long nsPerSet;
  private final FlowListener listener;
  private FlowOffload offload = FlowOffload.NONE;
  private long opening;
  private long open;
  private long closing;
  private long openingUdp;
  private long openUdp;
  private int nextSet;
  private long lookedAtNs;
  private boolean used;

  /**
   * @param capacity flows that fit, rounded up to a power of two
   * @param timeouts those of the states of which the client's side is seen
   */
  public OneWayFlows(int capacity, Timeouts timeouts, FlowListener listener) {
    int wanted = Math.clamp(Math.ceilDiv(capacity, PLACES), 1, Integer.highestOneBit(MOST));
    sets = wanted == 1 ? 1 : Integer.highestOneBit(wanted - 1) << 1;
    MemorySegment region = ZeroedMemory.allocate(arena, (long) sets * SET_LENGTH);
    memory = new UnsafeBuffer(region.address(), sets * SET_LENGTH);
    MemorySegment linkRegion = ZeroedMemory.allocate(arena, (long) sets * PLACES * Long.BYTES);
    links = new UnsafeBuffer(linkRegion.address(), sets * PLACES * Long.BYTES);
    nsPerSet = Math.max(1, ROUND_NS / sets);
    this.listener = listener;
    timeouts(timeouts);
  }

  /** Has other time-outs from now on; a flow that is there, from its next frame on. */
  public void timeouts(Timeouts timeouts) {
    opening = units(timeouts, SYN_SENT);
    open = units(timeouts, ESTABLISHED);
    closing = Math.max(units(timeouts, FIN_CLIENT), units(timeouts, RESET));
    openingUdp = units(timeouts, UDP_UNREPLIED);
    openUdp = units(timeouts, UDP_REPLIED);
  }

  /**
   * Has something else forward frames of its flows, too, which knows each by the {@linkplain
   * #numbered number} of its place; to be called before the first flow.
   */
  public void offloadTo(FlowOffload offload) {
    this.offload = offload;
  }

  private static long units(Timeouts timeouts, FlowState state) {
    return (state.timeout(timeouts).toNanos() >> UNIT_SHIFT) + 1;
  }

  /** Reads what {@link #find} will read, so that it is in the cache then. */
  public long prefetch(long hash) {
    return memory.getLong(set(hash));
  }

  /** The flow with this hash, or {@link #NONE}. */
  public int find(long hash, long nowNs) {
    long key = key(hash);
    int set = set(hash);
    for (int at = set; at < set + SET_LENGTH; at += PLACE_LENGTH) {
      if (memory.getLong(at) == key) {
        if (isLive(at, nowNs)) {
          return at;
        }
        remove(at);
      }
    }
    return NONE;
  }

  /** How many flows fit. */
  public int capacity() {
    return sets * PLACES;
  }

  /** The flow in a place. */
  public static int numbered(int place) {
    return place * PLACE_LENGTH;
  }

  private static int placeOf(int flow) {
    return flow / PLACE_LENGTH;
  }

  public int serverId(int flow) {
    return (int) (rest(flow) >>> SERVER_SHIFT);
  }

  public int serviceId(int flow) {
    return (int) (rest(flow) >>> SERVICE_SHIFT) & SERVICE_MASK;
  }

  /** Whether its client has sent more than one frame, and none has ended it. */
  public boolean isOpen(int flow) {
    return state(flow) == OPEN;
  }

  /** Whether the client has ended it, so that a frame that opens a connection begins another. */
  public boolean isClosing(int flow) {
    return state(flow) == CLOSING;
  }

  /**
   * Begins a flow that is not there. Without a place for it, or with an id beyond what fits, it is
   * not kept.
   *
   * @param opened whether it is a new one; else it is one that is only not known here
   * @return the flow, or {@link #NONE}
   */
  public int add(long hash, int protocol, int serverId, int serviceId, boolean opened, long nowNs) {
    int at = place(set(hash), nowNs);
    if (at == NONE || serverId > SERVER_MASK || serviceId > SERVICE_MASK) {
      if (opened) {
        listener.flowOpened(serverId, serviceId);
        listener.flowClosed(serverId, serviceId);
      }
      return NONE;
    }
    used = true;
    memory.putLong(at, key(hash));
    memory.putLong(
        at + Long.BYTES, (long) serverId << SERVER_SHIFT | (long) serviceId << SERVICE_SHIFT);
    state(at, OPENING, nowNs, protocol == Conntrack.TCP ? opening : openingUdp);
    if (opened) {
      listener.flowOpened(serverId, serviceId);
    } else {
      listener.flowRestored(serverId, serviceId);
    }
    return at;
  }

  /**
   * Another frame of the client passes.
   *
   * @param tcpFlags of a TCP header; anything for UDP
   */
  public void track(int flow, int protocol, int tcpFlags, long nowNs) {
    int before = state(flow);
    if (protocol != Conntrack.TCP) {
      state(flow, OPEN, nowNs, openUdp);
    } else if (TcpState.ends(tcpFlags)) {
      close(flow, before, nowNs);
    } else if (before != CLOSING && !TcpState.opens(tcpFlags)) {
      state(flow, OPEN, nowNs, open);
    } else {
      state(flow, before, nowNs, before == CLOSING ? closing : before == OPEN ? open : opening);
    }
    offload.passed(placeOf(flow));
  }

  /** A frame of an open flow has passed that did not come here: its deadline moves. */
  public void seen(int flow, int protocol, long atNs) {
    long timeout = protocol == Conntrack.TCP ? open : openUdp;
    int later = (int) ((atNs >> UNIT_SHIFT) + timeout) - (int) rest(flow) << 8;
    if (later > 0) {
      state(flow, OPEN, atNs, timeout);
    }
  }

  /**
   * A frame of the server passes, where they come by here.
   *
   * @param tcpFlags of a TCP header; anything for UDP
   */
  public void answered(int flow, int protocol, int tcpFlags, long nowNs) {
    int before = state(flow);
    if (protocol != Conntrack.TCP) {
      state(flow, OPEN, nowNs, openUdp);
    } else if (TcpState.resets(tcpFlags)) {
      close(flow, before, nowNs);
    } else {
      state(flow, before, nowNs, before == CLOSING ? closing : before == OPEN ? open : opening);
    }
    offload.passed(placeOf(flow));
  }

  private void close(int flow, int before, long nowNs) {
    state(flow, CLOSING, nowNs, closing);
    if (before != CLOSING) {
      offload.withdraw(placeOf(flow));
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
  }

  /**
   * Keeps where the client's frames come from.
   *
   * @param mac source address of the Ethernet header, in the low 48 bits
   * @param arm index of the interface, 0 to 65535
   */
  public void clientLink(int flow, long mac, int arm) {
    long link = mac << Short.SIZE | arm;
    if (links.getLong(flow / 2) != link) {
      links.putLong(flow / 2, link);
    }
  }

  public long clientMac(int flow) {
    return links.getLong(flow / 2) >>> Short.SIZE;
  }

  public int clientArm(int flow) {
    return (int) links.getLong(flow / 2) & 0xffff;
  }

  /** Ends a flow at once. */
  public void remove(int flow) {
    offload.withdraw(placeOf(flow));
    if (state(flow) != CLOSING) {
      listener.flowClosed(serverId(flow), serviceId(flow));
    }
    memory.putLong(flow, 0);
  }

  /**
   * Removes flows whose time is over; looks at a bounded number of places.
   *
   * @return how many were removed
   */
  public int expire(long nowNs) {
    if (!used) {
      lookedAtNs = nowNs;
      return 0;
    }
    offload.look(nowNs);
    int removed = 0;
    for (int i = 0; i < SETS_PER_CALL && nowNs - lookedAtNs >= nsPerSet; i++) {
      lookedAtNs += nsPerSet;
      int set = nextSet * SET_LENGTH;
      nextSet = nextSet + 1 & sets - 1;
      for (int at = set; at < set + SET_LENGTH; at += PLACE_LENGTH) {
        if (memory.getLong(at) != 0 && !isLive(at, nowNs)) {
          remove(at);
          removed++;
        }
      }
    }
    return removed;
  }

  /** A free place, else that of a flow that is over, else of the oldest that is opening. */
  private int place(int set, long nowNs) {
    int best = NONE;
    long left = Long.MAX_VALUE;
    for (int at = set; at < set + SET_LENGTH; at += PLACE_LENGTH) {
      if (memory.getLong(at) == 0) {
        return at;
      }
      long remaining = isClosing(at) ? 0 : left(at, nowNs);
      if (remaining < left && (remaining <= 0 || state(at) == OPENING)) {
        best = at;
        left = remaining;
      }
    }
    if (best != NONE) {
      remove(best);
    }
    return best;
  }

  private boolean isLive(int flow, long nowNs) {
    return left(flow, nowNs) > 0;
  }

  /** Units until the deadline; of two that are 24 bits long, the sign of the difference counts. */
  private int left(int flow, long nowNs) {
    int difference = ((int) rest(flow) & DEADLINE_MASK) - (int) (nowNs >> UNIT_SHIFT);
    return difference << 8 >> 8;
  }

  private long rest(int flow) {
    return memory.getLong(flow + Long.BYTES);
  }

  private int state(int flow) {
    return (int) (rest(flow) >>> STATE_SHIFT) & STATE_MASK;
  }

  private void state(int flow, int state, long nowNs, long timeout) {
    long deadline = (nowNs >> UNIT_SHIFT) + timeout & DEADLINE_MASK;
    long ends = rest(flow) >>> SERVICE_SHIFT << SERVICE_SHIFT;
    memory.putLong(flow + Long.BYTES, ends | (long) state << STATE_SHIFT | deadline);
  }

  private static long key(long hash) {
    return hash == 0 ? 1 : hash;
  }

  /** By the low bits: the high ones choose the server. */
  private int set(long hash) {
    return ((int) hash & sets - 1) * SET_LENGTH;
  }

  /** Frees the memory. */
  @Override
  public void close() {
    arena.close();
  }
}
