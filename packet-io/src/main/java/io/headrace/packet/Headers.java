package io.headrace.packet;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Where the headers of a frame are and what they say: the result of one pass over it. Reused for
 * frame after frame; allocates nothing. An accessor holds what the last {@link #parse} found, and
 * is valid as its {@link Parse} says. Not thread-safe.
 */
public final class Headers extends FiveTuple {
  private static final int MAX_VLAN_TAGS = 2;

  /** Fragments begin at multiples of as many bytes. */
  private static final int FRAGMENT_UNIT = 8;

  /** What a host may refuse to go beyond (RFC 8504, 5.3). */
  private static final int MAX_EXTENSIONS = 8;

  private int networkOffset;
  private int transportOffset;
  private int timeToLive;
  private int tcpFlags;
  private int transportLength;
  private int identification;
  private int fragmentOffset;
  private int fragmentLength;
  private boolean fragment;
  private boolean moreFragments;
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
    transportOffset = at + headerLength;
    transportLength = totalLength - headerLength;
    protocol = getByte(frame, at + Ipv4.PROTOCOL);
    timeToLive = getByte(frame, at + Ipv4.TIME_TO_LIVE);
    addressesOfIpv4(frame, at);
    int field = getShort(frame, at + Ipv4.FRAGMENT);
    fragment = (field & (Ipv4.MORE_FRAGMENTS | Ipv4.FRAGMENT_OFFSET_MASK)) != 0;
    if (fragment) {
      identification = getShort(frame, at + Ipv4.IDENTIFICATION);
      fragmentOffset = (field & Ipv4.FRAGMENT_OFFSET_MASK) * FRAGMENT_UNIT;
      moreFragments = (field & Ipv4.MORE_FRAGMENTS) != 0;
      fragmentLength = transportLength;
    }
    return parseTransport(frame, Ipv4.PROTOCOL_ICMP);
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
    timeToLive = getByte(frame, at + Ipv6.HOP_LIMIT);
    addressesOfIpv6(frame, at);
    fragment = false;
    int end = at + Ipv6.LENGTH + payload;
    int header = at + Ipv6.LENGTH;
    int number = getByte(frame, at + Ipv6.NEXT_HEADER);
    for (int extensions = 0; Ipv6.isExtension(number, extensions); extensions++) {
      int length = Ipv6.extensionLength(frame, number, header, end);
      if (length > end - header || extensions == MAX_EXTENSIONS) {
        return Parse.IPV6_EXTENSION;
      }
      if (number == Ipv6.ROUTING && getByte(frame, header + Ipv6.SEGMENTS_LEFT) != 0) {
        return Parse.OTHER;
      }
      if (number == Ipv6.FRAGMENT) {
        int field = getShort(frame, header + Ipv6.FRAGMENT_OFFSET);
        // One that has a fragment header and is in one piece (RFC 6946) is as good as any.
        fragment = (field & Ipv6.OFFSET_AND_MORE) != 0;
        identification = frame.getInt(header + Ipv6.FRAGMENT_IDENTIFICATION, ByteOrder.BIG_ENDIAN);
        fragmentOffset = field & ~(FRAGMENT_UNIT - 1);
        moreFragments = (field & 1) != 0;
        fragmentLength = end - header - length;
        if (fragment && fragmentOffset != 0) {
          protocol = getByte(frame, header);
          transportOffset = header + length;
          transportLength = fragmentLength;
          return laterFragment();
        }
      }
      number = getByte(frame, header);
      header += length;
    }
    protocol = number;
    transportOffset = header;
    transportLength = end - header;
    return parseTransport(frame, Ipv6.PROTOCOL_ICMP);
  }

  private Parse parseTransport(DirectBuffer frame, int icmp) {
    if (fragment && fragmentOffset != 0) {
      return laterFragment();
    }
    Parse parse =
        switch (protocol) {
          case Ipv4.PROTOCOL_TCP -> parseTcp(frame, transportOffset);
          case Ipv4.PROTOCOL_UDP -> parseUdp(frame, transportOffset);
          default -> protocol == icmp ? Parse.ICMP : Parse.OTHER;
        };
    if (!fragment || parse.malformed()) {
      return parse;
    }
    return parse == Parse.FLOW ? Parse.FIRST_FRAGMENT : Parse.FRAGMENT;
  }

  private Parse laterFragment() {
    payloadOffset = transportOffset;
    payloadLength = transportLength;
    return Parse.FRAGMENT;
  }

  private Parse parseTcp(DirectBuffer frame, int at) {
    if (transportLength < Tcp.LENGTH) {
      return Parse.TCP_TRUNCATED;
    }
    int headerLength = getByte(frame, at + Tcp.HEADER_LENGTH) >>> 4 << 2;
    if (headerLength < Tcp.LENGTH || headerLength > transportLength) {
      return Parse.TCP_HEADER_LENGTH;
    }
    ports(frame, at);
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
    if (datagramLength < Udp.LENGTH || datagramLength > transportLength && !fragment) {
      return Parse.UDP_LENGTH;
    }
    ports(frame, at);
    tcpFlags = 0;
    payloadOffset = at + Udp.LENGTH;
    payloadLength = datagramLength - Udp.LENGTH;
    return Parse.FLOW;
  }

  private static boolean isVlan(int type) {
    return type == Ethernet.TYPE_VLAN || type == Ethernet.TYPE_SERVICE_VLAN;
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

  /** Whether the packet is a fragment; it has what follows only then. */
  public boolean isFragment() {
    return fragment;
  }

  /** What the fragments of one packet have in common. */
  public int identification() {
    return identification;
  }

  /**
   * Where in the packet's data the fragment begins, in bytes; 0: the first, which has the ports.
   */
  public int fragmentOffset() {
    return fragmentOffset;
  }

  /** Bytes of the packet's data that the fragment has. */
  public int fragmentLength() {
    return fragmentLength;
  }

  /** Whether the fragment is not the last of its packet. */
  public boolean hasMoreFragments() {
    return moreFragments;
  }

  /** Whether there is a TCP or UDP header: a fragment that is not the first has none. */
  public boolean hasTransportHeader() {
    return !fragment || fragmentOffset == 0;
  }

  /** Gives a fragment the ports of its packet, which only the first has. */
  public void packetPorts(int source, int destination) {
    ports(source, destination);
    tcpFlags = 0;
  }

  /** Offset in the frame of what TCP or UDP carries. */
  public int payloadOffset() {
    return payloadOffset;
  }

  /** Bytes that TCP or UDP carries. */
  public int payloadLength() {
    return payloadLength;
  }

  /** Time to live, or the hop limit of IPv6. */
  public int timeToLive() {
    return timeToLive;
  }

  /** The flag byte of the TCP header; 0 for UDP. */
  public int tcpFlags() {
    return tcpFlags;
  }
}
