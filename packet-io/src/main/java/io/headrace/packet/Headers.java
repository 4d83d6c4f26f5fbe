package io.headrace.packet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * Where the headers of a frame are and what they say: the result of one pass over it. Reused for
 * frame after frame; allocates nothing. An accessor holds what the last {@link #parse} found, and
 * is valid as its {@link Parse} says. Not thread-safe.
 */
public final class Headers {
  private static final int MAX_VLAN_TAGS = 2;

  /** What a host may refuse to go beyond (RFC 8504, 5.3). */
  private static final int MAX_EXTENSIONS = 8;

  private boolean ipv6;
  private int networkOffset;
  private int transportOffset;
  private int protocol;
  private int timeToLive;
  private int sourceAddress;
  private int destinationAddress;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int sourcePort;
  private int destinationPort;
  private int tcpFlags;
  private int transportLength;
  private int payloadOffset;
  private int payloadLength;

  /**
   * Parses a frame that starts with its Ethernet header and is as long as the buffer. Bytes behind
   * the IP packet (padding) are allowed. Checksums are not looked at. Never throws, whatever the
   * bytes are.
   */
  public Parse parse(DirectBuffer frame) {
    int length = frame.capacity();
    if (length < Ethernet.LENGTH) {
      return Parse.ETHERNET_TRUNCATED;
    }
    int at = Ethernet.LENGTH;
    int type = getShort(frame, Ethernet.TYPE);
    for (int tags = 0; isVlan(type) && tags < MAX_VLAN_TAGS; tags++) {
      if (length - at < Vlan.LENGTH) {
        return Parse.VLAN_TRUNCATED;
      }
      type = getShort(frame, at + Vlan.TYPE);
      at += Vlan.LENGTH;
    }
    networkOffset = at;
    return switch (type) {
      case Ethernet.TYPE_IPV4 -> parseIpv4(frame, at, length);
      case Ethernet.TYPE_ARP -> Parse.ARP;
      case Ethernet.TYPE_IPV6 -> parseIpv6(frame, at, length);
      default -> Parse.OTHER;
    };
  }

  private Parse parseIpv4(DirectBuffer frame, int at, int frameLength) {
    int available = frameLength - at;
    if (available < Ipv4.LENGTH) {
      return Parse.IPV4_TRUNCATED;
    }
    int versionAndLength = getByte(frame, at + Ipv4.VERSION_AND_LENGTH);
    if (versionAndLength >>> 4 != 4) {
      return Parse.IPV4_VERSION;
    }
    int headerLength = (versionAndLength & 0xF) << 2;
    if (headerLength < Ipv4.LENGTH || headerLength > available) {
      return Parse.IPV4_HEADER_LENGTH;
    }
    int totalLength = getShort(frame, at + Ipv4.TOTAL_LENGTH);
    if (totalLength < headerLength || totalLength > available) {
      return Parse.IPV4_TOTAL_LENGTH;
    }
    ipv6 = false;
    transportOffset = at + headerLength;
    transportLength = totalLength - headerLength;
    protocol = getByte(frame, at + Ipv4.PROTOCOL);
    timeToLive = getByte(frame, at + Ipv4.TIME_TO_LIVE);
    sourceAddress = frame.getInt(at + Ipv4.SOURCE, BIG_ENDIAN);
    destinationAddress = frame.getInt(at + Ipv4.DESTINATION, BIG_ENDIAN);
    int fragment = getShort(frame, at + Ipv4.FRAGMENT);
    if ((fragment & (Ipv4.MORE_FRAGMENTS | Ipv4.FRAGMENT_OFFSET_MASK)) != 0) {
      return Parse.FRAGMENT;
    }
    return switch (protocol) {
      case Ipv4.PROTOCOL_TCP -> parseTcp(frame, transportOffset);
      case Ipv4.PROTOCOL_UDP -> parseUdp(frame, transportOffset);
      case Ipv4.PROTOCOL_ICMP -> Parse.ICMP;
      default -> Parse.OTHER;
    };
  }

  private Parse parseIpv6(DirectBuffer frame, int at, int frameLength) {
    int available = frameLength - at - Ipv6.LENGTH;
    if (available < 0) {
      return Parse.IPV6_TRUNCATED;
    }
    if (getByte(frame, at) >>> 4 != 6) {
      return Parse.IPV6_VERSION;
    }
    int payload = getShort(frame, at + Ipv6.PAYLOAD_LENGTH);
    if (payload > available) {
      return Parse.IPV6_PAYLOAD_LENGTH;
    }
    ipv6 = true;
    timeToLive = getByte(frame, at + Ipv6.HOP_LIMIT);
    sourceHigh = frame.getLong(at + Ipv6.SOURCE, BIG_ENDIAN);
    sourceLow = frame.getLong(at + Ipv6.SOURCE + Long.BYTES, BIG_ENDIAN);
    destinationHigh = frame.getLong(at + Ipv6.DESTINATION, BIG_ENDIAN);
    destinationLow = frame.getLong(at + Ipv6.DESTINATION + Long.BYTES, BIG_ENDIAN);
    int end = at + Ipv6.LENGTH + payload;
    int header = at + Ipv6.LENGTH;
    int number = getByte(frame, at + Ipv6.NEXT_HEADER);
    for (int extensions = 0; isExtension(number, extensions); extensions++) {
      int length = extensionLength(frame, number, header, end);
      if (length > end - header || extensions == MAX_EXTENSIONS) {
        return Parse.IPV6_EXTENSION;
      }
      if (number == Ipv6.ROUTING && getByte(frame, header + Ipv6.SEGMENTS_LEFT) != 0) {
        return Parse.OTHER;
      }
      // One that has a fragment header and is in one piece (RFC 6946) is as good as any.
      if (number == Ipv6.FRAGMENT
          && (getShort(frame, header + Ipv6.FRAGMENT_OFFSET) & Ipv6.OFFSET_AND_MORE) != 0) {
        return Parse.FRAGMENT;
      }
      number = getByte(frame, header);
      header += length;
    }
    protocol = number;
    transportOffset = header;
    transportLength = end - header;
    return switch (protocol) {
      case Ipv4.PROTOCOL_TCP -> parseTcp(frame, transportOffset);
      case Ipv4.PROTOCOL_UDP -> parseUdp(frame, transportOffset);
      case Ipv6.PROTOCOL_ICMP -> Parse.ICMP;
      default -> Parse.OTHER;
    };
  }

  /** Hop-by-hop options stand first or nowhere. */
  private static boolean isExtension(int number, int before) {
    return number == Ipv6.DESTINATION_OPTIONS
        || number == Ipv6.ROUTING
        || number == Ipv6.FRAGMENT
        || number == Ipv6.HOP_BY_HOP && before == 0;
  }

  private static int extensionLength(DirectBuffer frame, int number, int at, int end) {
    return number == Ipv6.FRAGMENT || end - at < Ipv6.EXTENSION_UNIT
        ? Ipv6.EXTENSION_UNIT
        : (getByte(frame, at + Ipv6.EXTENSION_LENGTH) + 1) * Ipv6.EXTENSION_UNIT;
  }

  private Parse parseTcp(DirectBuffer frame, int at) {
    if (transportLength < Tcp.LENGTH) {
      return Parse.TCP_TRUNCATED;
    }
    int headerLength = getByte(frame, at + Tcp.HEADER_LENGTH) >>> 4 << 2;
    if (headerLength < Tcp.LENGTH || headerLength > transportLength) {
      return Parse.TCP_HEADER_LENGTH;
    }
    sourcePort = getShort(frame, at + Tcp.SOURCE_PORT);
    destinationPort = getShort(frame, at + Tcp.DESTINATION_PORT);
    tcpFlags = getByte(frame, at + Tcp.FLAGS);
    payloadOffset = at + headerLength;
    payloadLength = transportLength - headerLength;
    return Parse.FLOW;
  }

  private Parse parseUdp(DirectBuffer frame, int at) {
    if (transportLength < Udp.LENGTH) {
      return Parse.UDP_TRUNCATED;
    }
    int datagramLength = getShort(frame, at + Udp.DATAGRAM_LENGTH);
    if (datagramLength < Udp.LENGTH || datagramLength > transportLength) {
      return Parse.UDP_LENGTH;
    }
    sourcePort = getShort(frame, at + Udp.SOURCE_PORT);
    destinationPort = getShort(frame, at + Udp.DESTINATION_PORT);
    tcpFlags = 0;
    payloadOffset = at + Udp.LENGTH;
    payloadLength = datagramLength - Udp.LENGTH;
    return Parse.FLOW;
  }

  private static boolean isVlan(int type) {
    return type == Ethernet.TYPE_VLAN || type == Ethernet.TYPE_SERVICE_VLAN;
  }

  private static int getByte(DirectBuffer frame, int index) {
    return frame.getByte(index) & 0xFF;
  }

  private static int getShort(DirectBuffer frame, int index) {
    return frame.getShort(index, BIG_ENDIAN) & 0xFFFF;
  }

  /** Whether the packet is one of IPv6; else it is one of IPv4. */
  public boolean isIpv6() {
    return ipv6;
  }

  /** Offset in the frame of the IP header. */
  public int networkOffset() {
    return networkOffset;
  }

  /** Bytes of the IP packet, its header included. */
  public int packetLength() {
    return transportOffset - networkOffset + transportLength;
  }

  /** Offset in the frame of the TCP or UDP header. */
  public int transportOffset() {
    return transportOffset;
  }

  /** Bytes of transport header and payload, as the IP header has it. */
  public int transportLength() {
    return transportLength;
  }

  /** Offset in the frame of what TCP or UDP carries. */
  public int payloadOffset() {
    return payloadOffset;
  }

  /** Bytes that TCP or UDP carries. */
  public int payloadLength() {
    return payloadLength;
  }

  /** What the packet carries: the protocol number of the IPv4 header, or of the last of IPv6. */
  public int protocol() {
    return protocol;
  }

  /** Time to live, or the hop limit of IPv6. */
  public int timeToLive() {
    return timeToLive;
  }

  /** Of IPv4. */
  public int sourceAddress() {
    return sourceAddress;
  }

  /** Of IPv4. */
  public int destinationAddress() {
    return destinationAddress;
  }

  /** Of IPv6, as {@link Ipv6} has it. */
  public long sourceHigh() {
    return sourceHigh;
  }

  /** Of IPv6. */
  public long sourceLow() {
    return sourceLow;
  }

  /** Of IPv6. */
  public long destinationHigh() {
    return destinationHigh;
  }

  /** Of IPv6. */
  public long destinationLow() {
    return destinationLow;
  }

  /** Of either family; makes an object. */
  public IpAddress source() {
    return ipv6 ? new IpAddress(sourceHigh, sourceLow) : IpAddress.ofIpv4(sourceAddress);
  }

  /** Of either family; makes an object. */
  public IpAddress destination() {
    return ipv6
        ? new IpAddress(destinationHigh, destinationLow)
        : IpAddress.ofIpv4(destinationAddress);
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /** The flag byte of the TCP header; 0 for UDP. */
  public int tcpFlags() {
    return tcpFlags;
  }
}
