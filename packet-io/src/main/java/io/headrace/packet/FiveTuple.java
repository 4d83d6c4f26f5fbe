package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * Between which two ends a TCP or UDP packet goes: addresses, ports and protocol, as its headers
 * have them.
 */
public abstract sealed class FiveTuple permits Headers, QuotedPacket {
  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;

  int protocol;
  private boolean ipv6;
  private int sourceAddress;
  private int destinationAddress;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int sourcePort;
  private int destinationPort;

  FiveTuple() {}

  /** Reads the addresses of an IPv4 header at an offset. */
  final void addressesOfIpv4(DirectBuffer frame, int at) {
    ipv6 = false;
    sourceAddress = frame.getInt(at + Ipv4.SOURCE, BIG_ENDIAN);
    destinationAddress = frame.getInt(at + Ipv4.DESTINATION, BIG_ENDIAN);
  }

  /** Reads the addresses of an IPv6 header at an offset. */
  final void addressesOfIpv6(DirectBuffer frame, int at) {
    ipv6 = true;
    sourceHigh = frame.getLong(at + Ipv6.SOURCE, BIG_ENDIAN);
    sourceLow = frame.getLong(at + Ipv6.SOURCE + Long.BYTES, BIG_ENDIAN);
    destinationHigh = frame.getLong(at + Ipv6.DESTINATION, BIG_ENDIAN);
    destinationLow = frame.getLong(at + Ipv6.DESTINATION + Long.BYTES, BIG_ENDIAN);
  }

  /** Reads the ports of a TCP or UDP header at an offset. */
  final void ports(DirectBuffer frame, int at) {
    sourcePort = getShort(frame, at + SOURCE_PORT);
    destinationPort = getShort(frame, at + DESTINATION_PORT);
  }

  /** Gives the packet the ports that its own header does not have. */
  final void ports(int source, int destination) {
    sourcePort = source;
    destinationPort = destination;
  }

  static int getByte(DirectBuffer frame, int index) {
    return frame.getByte(index) & 0xFF;
  }

  static int getShort(DirectBuffer frame, int index) {
    return frame.getShort(index, BIG_ENDIAN) & 0xFFFF;
  }

  /** Whether the packet is one of IPv6; else it is one of IPv4. */
  public final boolean isIpv6() {
    return ipv6;
  }

  /** What the packet carries: the protocol number of the IPv4 header, or of the last of IPv6. */
  public final int protocol() {
    return protocol;
  }

  /** Of IPv4. */
  public final int sourceAddress() {
    return sourceAddress;
  }

  /** Of IPv4. */
  public final int destinationAddress() {
    return destinationAddress;
  }

  /** Of IPv6, as {@link Ipv6} has it. */
  public final long sourceHigh() {
    return sourceHigh;
  }

  /** Of IPv6. */
  public final long sourceLow() {
    return sourceLow;
  }

  /** Of IPv6. */
  public final long destinationHigh() {
    return destinationHigh;
  }

  /** Of IPv6. */
  public final long destinationLow() {
    return destinationLow;
  }

  /** Of either family; makes an object. */
  public final IpAddress source() {
    return ipv6 ? new IpAddress(sourceHigh, sourceLow) : IpAddress.ofIpv4(sourceAddress);
  }

  /** Of either family; makes an object. */
  public final IpAddress destination() {
    return ipv6
        ? new IpAddress(destinationHigh, destinationLow)
        : IpAddress.ofIpv4(destinationAddress);
  }

  public final int sourcePort() {
    return sourcePort;
  }

  public final int destinationPort() {
    return destinationPort;
  }
}
