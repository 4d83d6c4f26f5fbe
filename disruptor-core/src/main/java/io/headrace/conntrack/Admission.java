package io.headrace.conntrack;

import io.headrace.conntrack.FlowState.Phase;
import io.headrace.packet.IpAddress;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * What a new flow needs: leave of its source's limit, a NAT address and port, a place among those
 * that are opening, and one in the table; and which flow gives way for it.
 *
 * <p>A flood of new flows cannot evict a flow whose two ends have both spoken. Flows that are still
 * opening have a bound of their own. Of it, those of one {@link PortPool} (one server, one NAT
 * address, one bucket) may have as much as is left to all others (a dynamic threshold, Choudhury
 * and Hahne 1998), and half of the pool's NAT ports; beyond that the pool's own oldest makes room
 * for a new one. So a flood towards one server recycles its own flows, and leaves room for those of
 * the others. In a full table, a flow that is over makes room first.
 *
 * <p>Allocates nothing. Single writer and reader: the worker that owns the table.
 */
final class Admission {
  /** No NAT address and port. Another number has the address's index above the port's 16 bits. */
  static final int NO_NAT = -1;

  private final Conntrack table;
  private final PortPools pools;
  private final ConntrackCounters counters;
  private final FlowHash hash;
  private int mostOpening;
  private SourceLimit sourceLimit;

  Admission(Conntrack table, FlowHash hash, Limits limits) {
    this.table = table;
    this.pools = table.pools;
    this.counters = table.counters;
    this.hash = hash;
    this.mostOpening = limits.halfOpen();
    this.sourceLimit = new SourceLimit(hash, limits.perSource());
  }

  /** Admits another number of flows from now on. The capacity stays as it is. */
  void limits(Limits limits) {
    mostOpening = Math.min(limits.halfOpen(), table.capacity());
    if (!sourceLimit.isOf(limits.perSource())) {
      sourceLimit = new SourceLimit(hash, limits.perSource());
    }
  }

  /** Whether the source of a frame may begin a flow now; if so, that counts. */
  boolean admits(FlowTuple client, long nowNs) {
    return sourceLimit.admits(client, nowNs);
  }

  /** The NAT address and port of a flow, if it goes to this server from one of these. */
  int natOf(int flow, IpAddress server, int serverPort, IpAddress[] natAddresses) {
    if (table.serverPort(flow) == serverPort) {
      for (int i = 0; i < natAddresses.length; i++) {
        long addresses = hash.addresses(table.isIpv6(flow), server, natAddresses[i]);
        if (table.keyAddresses(flow, FlowRecords.REPLY_KEY) == addresses) {
          return nat(i, table.natPort(flow));
        }
      }
    }
    return NO_NAT;
  }

  /**
   * A NAT address and port that are free when this returns: one of each address in turn, from where
   * a keyed hash of client and server says, and else that of a flow that can be spared.
   */
  int findNat(
      int bucket,
      FlowTuple client,
      IpAddress server,
      int serverPort,
      IpAddress[] natAddresses,
      long nowNs) {
    boolean ipv6 = client.isIpv6();
    long ends =
        ipv6
            ? hash.addresses(client.sourceHigh(), client.sourceLow(), server.high(), server.low())
            : FlowRecords.pair(client.source(), server.ipv4());
    long order =
        hash.tuple(client.kind(), ends, FlowRecords.portPair(client.sourcePort(), serverPort));
    int count = natAddresses.length;
    int first = (int) ((order & 0xffff_ffffL) * count >>> 32);
    for (int i = 0; i < count; i++) {
      int index = (first + i) % count;
      long addresses = hash.addresses(ipv6, server, natAddresses[index]);
      PortPool pool = pools.of(client.kind(), addresses, serverPort, bucket);
      if (pool.freePorts() > 0 && mayOpenMore(pool)) {
        int port = freePort(pool, client.kind(), addresses, serverPort, order, nowNs);
        if (port != NO_NAT) {
          return nat(index, port);
        }
      }
    }
    for (int i = 0; i < count; i++) {
      int index = (first + i) % count;
      long addresses = hash.addresses(ipv6, server, natAddresses[index]);
      PortPool pool = pools.of(client.kind(), addresses, serverPort, bucket);
      if (spare(pool, nowNs)) {
        int port = freePort(pool, client.kind(), addresses, serverPort, order, nowNs);
        if (port != NO_NAT) {
          return nat(index, port);
        }
      }
    }
    return NO_NAT;
  }

  /** The index of a NAT address. */
  static int address(int nat) {
    return nat >>> Short.SIZE;
  }

  /** A NAT port. */
  static int port(int nat) {
    return nat & 0xffff;
  }

  private static int nat(int index, int port) {
    return index << Short.SIZE | port;
  }

  /** Has the oldest flow that is opening give its place to another that is about to open. */
  void boundOpening(long nowNs) {
    if (pools.opening() >= mostOpening) {
      recycle(pools.oldestOfAny(Phase.OPENING), counters.recycled(), nowNs);
    }
  }

  /**
   * @param kept how much room is kept for flows of an earlier process
   * @return whether there is room for a flow
   */
  boolean makeRoom(int kept, long nowNs) {
    if (table.size() + kept < table.capacity()) {
      return true;
    }
    int victim = pools.oldestOfAny(Phase.CLOSING);
    if (victim == FlowRecords.NIL) {
      victim = pools.oldestOfAny(Phase.OPENING);
    }
    if (victim == FlowRecords.NIL) {
      return false;
    }
    recycle(victim, counters.recycled(), nowNs);
    return true;
  }

  /**
   * A port that no flow has, be it in the table or one of an earlier process that still waits. Such
   * a flow goes on at once: then the table knows that its port is taken.
   */
  private int freePort(
      PortPool pool, int kind, long addresses, int serverPort, long order, long nowNs) {
    while (pool.freePorts() > 0) {
      int port = pool.freePort(order);
      if (!table.recoverServer(kind, addresses, FlowRecords.portPair(serverPort, port), nowNs)) {
        return port;
      }
    }
    return NO_NAT;
  }

  private boolean mayOpenMore(PortPool pool) {
    int most = Math.min(pool.mostOpening(), mostOpening - pools.opening());
    return pool.size(Phase.OPENING) < most;
  }

  /** Has a flow of the pool make room for a new one; false when there is none that may. */
  private boolean spare(PortPool pool, long nowNs) {
    boolean noPort = pool.freePorts() == 0;
    int victim = mayOpenMore(pool) ? FlowRecords.NIL : pool.oldest(Phase.OPENING);
    if (victim == FlowRecords.NIL && noPort) {
      victim = pool.oldest(Phase.CLOSING);
    }
    if (victim == FlowRecords.NIL && noPort) {
      victim = pool.oldest(Phase.OPENING);
    }
    if (victim != FlowRecords.NIL) {
      recycle(victim, noPort ? counters.portsRecycled() : counters.recycled(), nowNs);
    }
    return pool.freePorts() > 0;
  }

  private void recycle(int flow, AtomicCounter reason, long nowNs) {
    (table.isLive(flow, nowNs) ? reason : counters.expired()).incrementRelease();
    table.remove(flow);
  }
}
