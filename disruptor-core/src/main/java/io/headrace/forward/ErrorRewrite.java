package io.headrace.forward;

import static io.headrace.packet.Checksums.add;
import static io.headrace.packet.Checksums.difference16;
import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.packet.Checksums;
import io.headrace.packet.Headers;
import io.headrace.packet.Icmp;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Ipv6;
import io.headrace.packet.QuotedPacket;
import io.headrace.packet.Tcp;
import io.headrace.packet.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Puts new addresses and ports into an ICMP error and into the packet that it quotes, in place (RFC
 * 5508, section 4; RFC 7915, 4.2 for both versions): to its sender the packet must look as it was
 * sent. The error goes to that sender, and comes from whom it had sent the packet to, as he may
 * have no route to the router that found the error. As in {@link NatRewrite}, a checksum that came
 * wrong leaves wrong.
 */
final class ErrorRewrite {
  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;

  private ErrorRewrite() {}

  /**
   * Rewrites an error of ICMP.
   *
   * @param headers of the frame as it is before
   * @param quoted the packet in it as it is before
   * @param source of the quoted packet when it was sent, and so where the error goes
   */
  static void rewrite(
      UnsafeBuffer bytes,
      Headers headers,
      QuotedPacket quoted,
      int source,
      int sourcePort,
      int destination,
      int destinationPort) {
    int before = sum(bytes, quoted);
    int inner = quoted.networkOffset();
    int addresses = NatRewrite.addresses(bytes, inner, quoted, source, destination);
    NatRewrite.update(bytes, inner + Ipv4.CHECKSUM, addresses);
    ports(bytes, quoted, sourcePort, destinationPort, addresses);

    int outer = headers.networkOffset();
    int ends = NatRewrite.addresses(bytes, outer, headers, destination, source);
    int hop = NatRewrite.decrementTimeToLive(bytes, outer);
    NatRewrite.update(bytes, outer + Ipv4.CHECKSUM, add(ends, hop));
    message(bytes, headers, difference16(before, sum(bytes, quoted)));
  }

  /** Rewrites an error of ICMPv6, whose checksum has the addresses in it. */
  static void rewrite(
      UnsafeBuffer bytes,
      Headers headers,
      QuotedPacket quoted,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    int before = sum(bytes, quoted);
    int addresses =
        NatRewrite.addresses(
            bytes,
            quoted.networkOffset(),
            quoted,
            sourceHigh,
            sourceLow,
            destinationHigh,
            destinationLow);
    ports(bytes, quoted, sourcePort, destinationPort, addresses);

    int outer = headers.networkOffset();
    int ends =
        NatRewrite.addresses(
            bytes, outer, headers, destinationHigh, destinationLow, sourceHigh, sourceLow);
    bytes.putByte(outer + Ipv6.HOP_LIMIT, (byte) (headers.timeToLive() - 1));
    message(bytes, headers, add(ends, difference16(before, sum(bytes, quoted))));
  }

  /**
   * Rewrites an error of either family, and in it the source of the quoted packet, to which the
   * error then goes.
   */
  static void source(Slot slot, IpAddress address, int port) {
    QuotedPacket quoted = slot.quoted();
    if (quoted.isIpv6()) {
      rewrite(
          slot.frame().buffer(),
          slot.headers(),
          quoted,
          address.high(),
          address.low(),
          port,
          quoted.destinationHigh(),
          quoted.destinationLow(),
          quoted.destinationPort());
    } else {
      rewrite(
          slot.frame().buffer(),
          slot.headers(),
          quoted,
          address.ipv4(),
          port,
          quoted.destinationAddress(),
          quoted.destinationPort());
    }
  }

  /** As {@link #source}, of the quoted packet's destination, which the error then comes from. */
  static void destination(Slot slot, IpAddress address, int port) {
    QuotedPacket quoted = slot.quoted();
    if (quoted.isIpv6()) {
      rewrite(
          slot.frame().buffer(),
          slot.headers(),
          quoted,
          quoted.sourceHigh(),
          quoted.sourceLow(),
          quoted.sourcePort(),
          address.high(),
          address.low(),
          port);
    } else {
      rewrite(
          slot.frame().buffer(),
          slot.headers(),
          quoted,
          quoted.sourceAddress(),
          quoted.sourcePort(),
          address.ipv4(),
          port);
    }
  }

  private static int sum(UnsafeBuffer bytes, QuotedPacket quoted) {
    return Checksums.sum(bytes, quoted.networkOffset(), quoted.end() - quoted.networkOffset());
  }

  private static void message(UnsafeBuffer bytes, Headers headers, int difference) {
    NatRewrite.update(bytes, headers.transportOffset() + Icmp.CHECKSUM, difference);
  }

  /** Rewrites the quoted ports, and the checksum above them where it is quoted too. */
  private static void ports(
      UnsafeBuffer bytes, QuotedPacket quoted, int sourcePort, int destinationPort, int addresses) {
    int transport = quoted.transportOffset();
    int difference =
        add(
            addresses,
            add(
                difference16(quoted.sourcePort(), sourcePort),
                difference16(quoted.destinationPort(), destinationPort)));
    bytes.putShort(transport + SOURCE_PORT, (short) sourcePort, BIG_ENDIAN);
    bytes.putShort(transport + DESTINATION_PORT, (short) destinationPort, BIG_ENDIAN);
    if (quoted.protocol() == Ipv4.PROTOCOL_UDP) {
      int at = transport + Udp.CHECKSUM;
      int field = bytes.getShort(at, BIG_ENDIAN) & 0xFFFF;
      bytes.putShort(at, (short) Checksums.updateUdp(field, difference), BIG_ENDIAN);
    } else if (transport + Tcp.CHECKSUM + Short.BYTES <= quoted.end()) {
      NatRewrite.update(bytes, transport + Tcp.CHECKSUM, difference);
    }
  }
}
