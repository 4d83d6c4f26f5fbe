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

  private int networkOffset;
  private int transportOffset;
  private int protocol;
  private int timeToLive;
  private int sourceAddress;
  private int destinationAddress;
  private int sourcePort;
  private int destinationPort;
  private int tcpFlags;
  private int transportLength;
  private int payloadOffset;
  private int payloadLength;

  /**
   * Parses a frame that starts with its Ethernet header and is as long as the buffer. Bytes behind
   * the IPv4 packet (padding) are allowed. Checksums are not looked at. Never throws, whatever the
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
      case Ethernet.TYPE_IPV6 -> Parse.IPV6;
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

  /** Offset in the frame of the IPv4 header. */
  public int networkOffset() {
    return networkOffset;
  }

  /** Bytes of the IPv4 packet, its header included. */
  public int packetLength() {
    return transportOffset - networkOffset + transportLength;
  }

  /** Offset in the frame of the TCP or UDP header. */
  public int transportOffset() {
    return transportOffset;
  }

  /** Bytes of transport header and payload, as the IPv4 header has it. */
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

  /** Protocol number of the IPv4 header. */
  public int protocol() {
    return protocol;
  }

  public int timeToLive() {
    return timeToLive;
  }

  public int sourceAddress() {
    return sourceAddress;
  }

  public int destinationAddress() {
    return destinationAddress;
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
