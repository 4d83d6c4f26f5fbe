package io.headrace.conntrack;

import io.headrace.conntrack.FlowRecords.End;
import io.headrace.packet.IpAddress;

/**
 * A flow as an earlier process left it in the durable copy.
 *
 * @param clientMac where the client's frames came from
 * @param clientArmId stands for the interface they came by
 * @param packetLimit the longest packet that both ends take, in bytes; 0 for UDP
 */
public record StoredFlow(
    int protocol,
    IpAddress client,
    int clientPort,
    IpAddress service,
    int servicePort,
    IpAddress server,
    int serverPort,
    IpAddress nat,
    int natPort,
    long clientMac,
    int clientArmId,
    int packetLimit) {

  /** The bucket, and so the worker, that the flow belongs to. */
  public int bucket() {
    return NatPorts.bucketOf(natPort);
  }

  /** Whether the flow is in the bucket that its client's side has under a hash. */
  boolean isOf(FlowHash hash) {
    int bucket =
        client.isIpv6()
            ? hash.bucket(protocol, client.high(), client.low(), clientPort)
            : hash.bucket(protocol, client.ipv4(), clientPort);
    return bucket == bucket();
  }

  /** The state in which it goes on: the file keeps flows whose ends have both spoken, no more. */
  public FlowState state() {
    return protocol == Conntrack.TCP ? FlowState.ESTABLISHED : FlowState.UDP_REPLIED;
  }

  /** Fills a tuple with the client's side. */
  void fill(FlowTuple tuple, FlowHash hash) {
    if (client.isIpv6()) {
      tuple.ipv6(
          hash,
          protocol,
          client.high(),
          client.low(),
          clientPort,
          service.high(),
          service.low(),
          servicePort);
    } else {
      tuple.ipv4(protocol, client.ipv4(), clientPort, service.ipv4(), servicePort);
    }
  }

  static StoredFlow of(FlowKey key, FlowValue value) {
    return value instanceof Ipv6FlowValue ipv6
        ? of(
            key,
            value,
            ipv6.address(End.CLIENT),
            ipv6.address(End.SERVICE),
            ipv6.address(End.SERVER),
            ipv6.address(End.NAT))
        : of(
            key,
            value,
            IpAddress.ofIpv4((int) key.addresses()),
            IpAddress.ofIpv4((int) (key.addresses() >>> 32)),
            IpAddress.ofIpv4((int) value.addresses()),
            IpAddress.ofIpv4((int) (value.addresses() >>> 32)));
  }

  private static StoredFlow of(
      FlowKey key,
      FlowValue value,
      IpAddress client,
      IpAddress service,
      IpAddress server,
      IpAddress nat) {
    return new StoredFlow(
        key.protocol(),
        client,
        key.ports() & 0xffff,
        service,
        key.ports() >>> 16,
        server,
        value.ports() & 0xffff,
        nat,
        value.ports() >>> 16,
        FlowRecords.macOf(value.link()),
        FlowRecords.armOf(value.link()),
        value.packetLimit());
  }
}
