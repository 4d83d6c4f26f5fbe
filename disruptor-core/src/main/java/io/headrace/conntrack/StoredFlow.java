package io.headrace.conntrack;

/**
 * A flow as an earlier process left it in the durable copy.
 *
 * @param clientMac where the client's frames came from
 * @param clientArmId stands for the interface they came by
 * @param packetLimit the longest IPv4 packet that both ends take, in bytes; 0 for UDP
 */
public record StoredFlow(
    int protocol,
    int clientAddress,
    int clientPort,
    int serviceAddress,
    int servicePort,
    int serverAddress,
    int serverPort,
    int natAddress,
    int natPort,
    long clientMac,
    int clientArmId,
    int packetLimit) {

  /** The bucket, and so the worker, that the flow belongs to. */
  public int bucket() {
    return NatPorts.bucketOf(natPort);
  }

  /** The state in which it goes on: the file keeps flows whose ends have both spoken, no more. */
  public FlowState state() {
    return protocol == Conntrack.TCP ? FlowState.ESTABLISHED : FlowState.UDP_REPLIED;
  }

  static StoredFlow of(FlowKey key, FlowValue value) {
    return new StoredFlow(
        key.protocol(),
        (int) key.addresses(),
        key.ports() & 0xffff,
        (int) (key.addresses() >>> 32),
        key.ports() >>> 16,
        (int) value.addresses(),
        value.ports() & 0xffff,
        (int) (value.addresses() >>> 32),
        value.ports() >>> 16,
        FlowRecords.macOf(value.link()),
        FlowRecords.armOf(value.link()),
        value.packetLimit());
  }
}
