package io.headrace.conntrack;

/**
 * One flow, copied out of a table that goes on changing, or out of the flow file. Used again for
 * the next one; not thread-safe. IPv4: addresses are ints in host order.
 */
public final class FlowView {
  /** No server, or no service, of this id is known. */
  public static final int UNKNOWN = -1;

  private static final long NEVER = Long.MIN_VALUE;

  private int protocol;
  private FlowState state;
  private long addresses;
  private int ports;
  private long replyAddresses;
  private int replyPorts;
  private int serverId;
  private int serviceId;
  private long deadlineNs;
  private long clientMac;
  private boolean durable;

  /** Takes a record as it is; false when it is free. Another thread may be writing it. */
  boolean copy(FlowRecords records, int flow) {
    state = records.stateOrNull(flow);
    protocol = records.protocol(flow);
    addresses = records.keyAddresses(flow, FlowRecords.CLIENT_KEY);
    ports = records.keyPorts(flow, FlowRecords.CLIENT_KEY);
    replyAddresses = records.keyAddresses(flow, FlowRecords.REPLY_KEY);
    replyPorts = records.keyPorts(flow, FlowRecords.REPLY_KEY);
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
    addresses = FlowRecords.pair(flow.clientAddress(), flow.serviceAddress());
    ports = FlowRecords.portPair(flow.clientPort(), flow.servicePort());
    replyAddresses = FlowRecords.pair(flow.serverAddress(), flow.natAddress());
    replyPorts = FlowRecords.portPair(flow.serverPort(), flow.natPort());
    this.serverId = serverId;
    this.serviceId = serviceId;
    deadlineNs = NEVER;
    clientMac = flow.clientMac();
    durable = true;
    return this;
  }

  public int protocol() {
    return protocol;
  }

  public FlowState state() {
    return state;
  }

  public int clientAddress() {
    return (int) addresses;
  }

  public int clientPort() {
    return ports & 0xffff;
  }

  public int serviceAddress() {
    return (int) (addresses >>> 32);
  }

  public int servicePort() {
    return ports >>> 16;
  }

  public int serverAddress() {
    return (int) replyAddresses;
  }

  public int serverPort() {
    return replyPorts & 0xffff;
  }

  public int natAddress() {
    return (int) (replyAddresses >>> 32);
  }

  public int natPort() {
    return replyPorts >>> 16;
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
