package io.headrace.conntrack;

import io.headrace.conntrack.FlowRecords.End;
import io.headrace.packet.IpAddress;

/**
 * One flow, copied out of a table that goes on changing, or out of the flow file. Used again for
 * the next one; not thread-safe.
 */
public final class FlowView {
  /** No server, or no service, of this id is known. */
  public static final int UNKNOWN = -1;

  private static final long NEVER = Long.MIN_VALUE;
  private static final End[] ENDS = End.values();

  private int protocol;
  private FlowState state;
  private final long[] highs = new long[ENDS.length];
  private final long[] lows = new long[ENDS.length];
  private final int[] ports = new int[ENDS.length];
  private int serverId;
  private int serviceId;
  private long deadlineNs;
  private long clientMac;
  private boolean durable;

  /** Takes a record as it is; false when it is free. Another thread may be writing it. */
  boolean copy(FlowRecords records, int flow) {
    state = records.stateOrNull(flow);
    protocol = records.protocol(flow);
    for (End end : ENDS) {
      end(end, records.high(flow, end), records.low(flow, end), records.port(flow, end));
    }
    serverId = records.serverId(flow);
    serviceId = records.serviceId(flow);
    deadlineNs = records.deadlineNs(flow);
    clientMac = records.clientMac(flow);
    durable = records.isStored(flow);
    return state != null;
  }

  /**
   * Takes a flow of the file.
   *
   * @param serverId in the registry, or {@link #UNKNOWN}
   * @param serviceId in the registry, or {@link #UNKNOWN}
   */
  public FlowView copy(StoredFlow flow, int serverId, int serviceId) {
    state = flow.state();
    protocol = flow.protocol();
    end(End.CLIENT, flow.client(), flow.clientPort());
    end(End.SERVICE, flow.service(), flow.servicePort());
    end(End.SERVER, flow.server(), flow.serverPort());
    end(End.NAT, flow.nat(), flow.natPort());
    this.serverId = serverId;
    this.serviceId = serviceId;
    deadlineNs = NEVER;
    clientMac = flow.clientMac();
    durable = true;
    return this;
  }

  /**
   * Begins a connection that is in no table, and whose ends are all unknown.
   *
   * @param deadlineNs when it ends unless something is carried, on the clock of {@link
   *     System#nanoTime}
   */
  public FlowView begin(
      int protocol, FlowState state, int serverId, int serviceId, long deadlineNs) {
    this.protocol = protocol;
    this.state = state;
    this.serverId = serverId;
    this.serviceId = serviceId;
    this.deadlineNs = deadlineNs;
    clientMac = 0;
    durable = false;
    for (End end : ENDS) {
      end(end, IpAddress.IPV4_HIGH, 0, 0);
    }
    return this;
  }

  /** Where one end of it is. */
  public void end(End end, IpAddress address, int port) {
    end(end, address.high(), address.low(), port);
  }

  /** What its client's frames are found by. */
  public FlowTuple client(FlowHash hash) {
    FlowTuple tuple = new FlowTuple();
    return IpAddress.isIpv6(high(End.CLIENT), low(End.CLIENT))
        ? tuple.ipv6(
            hash,
            protocol,
            high(End.CLIENT),
            low(End.CLIENT),
            port(End.CLIENT),
            high(End.SERVICE),
            low(End.SERVICE),
            port(End.SERVICE))
        : tuple.ipv4(
            protocol,
            (int) low(End.CLIENT),
            port(End.CLIENT),
            (int) low(End.SERVICE),
            port(End.SERVICE));
  }

  private void end(End end, long high, long low, int port) {
    highs[end.ordinal()] = high;
    lows[end.ordinal()] = low;
    ports[end.ordinal()] = port;
  }

  public int protocol() {
    return protocol;
  }

  public FlowState state() {
    return state;
  }

  /** Of an address, as {@link IpAddress} has it. */
  public long high(End end) {
    return highs[end.ordinal()];
  }

  /** Of an address, as {@link IpAddress} has it. */
  public long low(End end) {
    return lows[end.ordinal()];
  }

  public int port(End end) {
    return ports[end.ordinal()];
  }

  /** In the registry, or {@link #UNKNOWN}. */
  public int serverId() {
    return serverId;
  }

  /** In the registry, or {@link #UNKNOWN}. */
  public int serviceId() {
    return serviceId;
  }

  /** Whether it ends when no frame comes: time does not pass in the file. */
  public boolean hasDeadline() {
    return deadlineNs != NEVER;
  }

  /** When it ends unless a frame comes, on the clock of the table's owner. */
  public long deadlineNs() {
    return deadlineNs;
  }

  /** Source address of the client's frames in the low 48 bits; 0 before the first was forwarded. */
  public long clientMac() {
    return clientMac;
  }

  /** Whether it is in the durable copy. */
  public boolean isDurable() {
    return durable;
  }
}
