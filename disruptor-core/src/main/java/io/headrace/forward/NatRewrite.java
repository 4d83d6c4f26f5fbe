package io.headrace.forward;

import static io.headrace.packet.Checksums.add;
import static io.headrace.packet.Checksums.difference16;
import static io.headrace.packet.Checksums.difference32;
import static io.headrace.packet.Checksums.difference64;
import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FiveTuple;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts new addresses and ports into a frame, in place, and takes one from its time to live. Only
 * the difference enters the checksums, so one that came wrong leaves wrong, and IP options, TCP
 * options and payload are not touched.
 */
public final class NatRewrite {
  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;

  private NatRewrite() {}

  /**
   * Rewrites both ends of a parsed frame of IPv4.
   *
   * @param headers of the frame as it is before
   */
  public static void rewrite(
      Frame frame,
      Headers headers,
      int sourceAddress,
      int sourcePort,
      int destinationAddress,
      int destinationPort) {
    UnsafeBuffer bytes = frame.buffer();
    int network = headers.networkOffset();
    int addresses = addresses(bytes, network, headers, sourceAddress, destinationAddress);
    update(bytes, network + Ipv4.CHECKSUM, add(addresses, decrementTimeToLive(bytes, network)));
    ports(frame, headers, sourcePort, destinationPort, addresses);
  }

  /**
   * Rewrites both ends of a parsed frame of IPv6, whose extension headers stay as they are.
   *
   * @param headers of the frame as it is before
   */
  public static void rewrite(
      Frame frame,
      Headers headers,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    UnsafeBuffer bytes = frame.buffer();
    int network = headers.networkOffset();
    int addresses =
        addresses(bytes, network, headers, sourceHigh, sourceLow, destinationHigh, destinationLow);
    bytes.putByte(network + Ipv6.HOP_LIMIT, (byte) (headers.timeToLive() - 1));
    ports(frame, headers, sourcePort, destinationPort, addresses);
  }

  /** Rewrites the source of a parsed frame of either family. */
  static void source(Frame frame, Headers headers, IpAddress address, int port) {
    if (headers.isIpv6()) {
      rewrite(
          frame,
          headers,
          address.high(),
          address.low(),
          port,
          headers.destinationHigh(),
          headers.destinationLow(),
          headers.destinationPort());
    } else {
      rewrite(
          frame,
          headers,
          address.ipv4(),
          port,
          headers.destinationAddress(),
          headers.destinationPort());
    }
  }

  /** Rewrites the destination of a parsed frame of either family. */
  static void destination(Frame frame, Headers headers, IpAddress address, int port) {
    if (headers.isIpv6()) {
      rewrite(
          frame,
          headers,
          headers.sourceHigh(),
          headers.sourceLow(),
          headers.sourcePort(),
          address.high(),
          address.low(),
          port);
    } else {
      rewrite(frame, headers, headers.sourceAddress(), headers.sourcePort(), address.ipv4(), port);
    }
  }

  /**
   * Rewrites the addresses of an IPv4 header at an offset.
   *
   * @return the difference that they make
   */
  static int addresses(
      UnsafeBuffer bytes, int network, FiveTuple before, int source, int destination) {
    bytes.putInt(network + Ipv4.SOURCE, source, BIG_ENDIAN);
    bytes.putInt(network + Ipv4.DESTINATION, destination, BIG_ENDIAN);
    return add(
        difference32(before.sourceAddress(), source),
        difference32(before.destinationAddress(), destination));
  }

  /** As {@link #addresses(UnsafeBuffer, int, FiveTuple, int, int)}, of an IPv6 header. */
  static int addresses(
      UnsafeBuffer bytes,
      int network,
      FiveTuple before,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow) {
    bytes.putLong(network + Ipv6.SOURCE, sourceHigh, BIG_ENDIAN);
    bytes.putLong(network + Ipv6.SOURCE + Long.BYTES, sourceLow, BIG_ENDIAN);
    bytes.putLong(network + Ipv6.DESTINATION, destinationHigh, BIG_ENDIAN);
    bytes.putLong(network + Ipv6.DESTINATION + Long.BYTES, destinationLow, BIG_ENDIAN);
    return add(
        add(
            difference64(before.sourceHigh(), sourceHigh),
            difference64(before.sourceLow(), sourceLow)),
        add(
            difference64(before.destinationHigh(), destinationHigh),
            difference64(before.destinationLow(), destinationLow)));
  }

  /**
   * Takes one from the time to live of IPv4, the high byte of its 16-bit word: 0x100 less.
   *
   * @return the difference that it makes
   */
  static int decrementTimeToLive(UnsafeBuffer bytes, int network) {
    int before = bytes.getShort(network + Ipv4.TIME_TO_LIVE, BIG_ENDIAN) & 0xFFFF;
    int after = before - 0x100;
    bytes.putShort(network + Ipv4.TIME_TO_LIVE, (short) after, BIG_ENDIAN);
    return difference16(before, after);
  }

  /** Brings a difference into the checksum field at an offset. */
  static void update(UnsafeBuffer bytes, int at, int difference) {
    int field = bytes.getShort(at, BIG_ENDIAN) & 0xFFFF;
    bytes.putShort(at, (short) Checksums.update(field, difference), BIG_ENDIAN);
  }

  /**
   * Rewrites the ports, and the checksum above them.
   *
   * @param addresses the difference that the addresses have made
   */
  private static void ports(
      Frame frame, Headers headers, int sourcePort, int destinationPort, int addresses) {
    if (!headers.hasTransportHeader()) {
      return;
    }
    UnsafeBuffer bytes = frame.buffer();
    int transport = headers.transportOffset();
    int ports =
        add(
            difference16(headers.sourcePort(), sourcePort),
            difference16(headers.destinationPort(), destinationPort));
    bytes.putShort(transport + SOURCE_PORT, (short) sourcePort, BIG_ENDIAN);
    bytes.putShort(transport + DESTINATION_PORT, (short) destinationPort, BIG_ENDIAN);
    boolean udp = headers.protocol() == Ipv4.PROTOCOL_UDP;
    int checksum = transport + (udp ? Udp.CHECKSUM : Tcp.CHECKSUM);
    int field = bytes.getShort(checksum, BIG_ENDIAN) & 0xFFFF;
    int updated;
    if (frame.isChecksumPartial()) {
      updated = Checksums.updatePartial(field, addresses);
    } else if (udp) {
      updated = Checksums.updateUdp(field, add(addresses, ports));
    } else {
      updated = Checksums.update(field, add(addresses, ports));
    }
    bytes.putShort(checksum, (short) updated, BIG_ENDIAN);
  }

  /** Takes one from the time to live, as a router does. */
  static void countHop(Frame frame, Headers headers) {
    UnsafeBuffer bytes = frame.buffer();
    int network = headers.networkOffset();
    if (headers.isIpv6()) {
      bytes.putByte(network + Ipv6.HOP_LIMIT, (byte) (headers.timeToLive() - 1));
    } else {
      update(bytes, network + Ipv4.CHECKSUM, decrementTimeToLive(bytes, network));
    }
  }

  static void link(Frame frame, long sourceMac, long destinationMac) {
    Ethernet.putMac(frame.buffer(), Ethernet.SOURCE, sourceMac);
    Ethernet.putMac(frame.buffer(), Ethernet.DESTINATION, destinationMac);
  }
}
