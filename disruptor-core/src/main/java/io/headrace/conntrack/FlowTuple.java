package io.headrace.conntrack;

import io.headrace.packet.FiveTuple;

/**
 * The protocol, addresses and ports of a frame's two ends: what its flow is found by. Filled anew
 * for each frame; not thread-safe.
 *
 * <p>Two addresses are one number: two of IPv4 side by side, and what a keyed hash makes of two of
 * IPv6. Of those, one pair in 2^64 has the number of another, and nobody without the key can tell
 * which.
 */
public final class FlowTuple {
  /** Set in the number of a protocol that runs over IPv6. */
  static final int IPV6 = 0x40;

  private int kind;
  private long addresses;
  private int ports;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;

  /**
   * Fills it from a parsed packet.
   *
   * @param hash that of the table
   */
  public FlowTuple of(FiveTuple packet, FlowHash hash) {
    return packet.isIpv6()
        ? ipv6(
            hash,
            packet.protocol(),
            packet.sourceHigh(),
            packet.sourceLow(),
            packet.sourcePort(),
            packet.destinationHigh(),
            packet.destinationLow(),
            packet.destinationPort())
        : ipv4(
            packet.protocol(),
            packet.sourceAddress(),
            packet.sourcePort(),
            packet.destinationAddress(),
            packet.destinationPort());
  }

  /** As {@link #of}, with that of a packet that goes the other way. */
  public FlowTuple ofAnswer(FiveTuple packet, FlowHash hash) {
    return packet.isIpv6()
        ? ipv6(
            hash,
            packet.protocol(),
            packet.destinationHigh(),
            packet.destinationLow(),
            packet.destinationPort(),
            packet.sourceHigh(),
            packet.sourceLow(),
            packet.sourcePort())
        : ipv4(
            packet.protocol(),
            packet.destinationAddress(),
            packet.destinationPort(),
            packet.sourceAddress(),
            packet.sourcePort());
  }

  /** Fills it from a packet of IPv4; addresses are ints in host order. */
  public FlowTuple ipv4(
      int protocol, int source, int sourcePort, int destination, int destinationPort) {
    kind = protocol;
    addresses = FlowRecords.pair(source, destination);
    ports = FlowRecords.portPair(sourcePort, destinationPort);
    return this;
  }

  /**
   * Fills it from a packet of IPv6; an address is its first eight bytes and its last.
   *
   * @param hash that of the table
   */
  public FlowTuple ipv6(
      FlowHash hash,
      int protocol,
      long fromHigh,
      long fromLow,
      int sourcePort,
      long toHigh,
      long toLow,
      int destinationPort) {
    kind = protocol | IPV6;
    addresses = hash.addresses(fromHigh, fromLow, toHigh, toLow);
    ports = FlowRecords.portPair(sourcePort, destinationPort);
    sourceHigh = fromHigh;
    sourceLow = fromLow;
    destinationHigh = toHigh;
    destinationLow = toLow;
    return this;
  }

  boolean isIpv6() {
    return (kind & IPV6) != 0;
  }

  /** The protocol, with {@link #IPV6}. */
  int kind() {
    return kind;
  }

  int protocol() {
    return kind & ~IPV6;
  }

  long addresses() {
    return addresses;
  }

  int ports() {
    return ports;
  }

  int sourcePort() {
    return ports & 0xffff;
  }

  /** Of IPv4. */
  int source() {
    return (int) addresses;
  }

  /** Of IPv6. */
  long sourceHigh() {
    return sourceHigh;
  }

  /** Of IPv6. */
  long sourceLow() {
    return sourceLow;
  }

  /** Of IPv6. */
  long destinationHigh() {
    return destinationHigh;
  }

  /** Of IPv6. */
  long destinationLow() {
    return destinationLow;
  }
}
