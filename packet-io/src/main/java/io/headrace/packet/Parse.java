package io.headrace.packet;

/** What {@link Headers#parse} made of a frame. */
public enum Parse {
  /** TCP or UDP, whole: every accessor of {@link Headers} is valid. */
  FLOW,
  /** Left to the kernel. */
  ARP,
  /** ICMP over IPv4, ICMPv6 over IPv6. The accessors of the IP header are valid. */
  ICMP,
  /**
   * The first fragment of a packet of TCP or UDP. As {@link #FLOW}, but the packet ends elsewhere.
   */
  FIRST_FRAGMENT,
  /**
   * Another fragment of a packet: it has no ports. The accessors of the IP header and of the
   * fragment are valid.
   */
  FRAGMENT,
  /**
   * Another EtherType, more than two VLAN tags, another protocol over IP, or a packet that a router
   * on its source route is still to get.
   */
  OTHER,

  /** The frame ends within its Ethernet header. */
  ETHERNET_TRUNCATED(true),
  /** The frame ends within a VLAN tag. */
  VLAN_TRUNCATED(true),
  /** The frame ends within the fixed part of its IPv4 header. */
  IPV4_TRUNCATED(true),
  /** The EtherType says IPv4, the header does not. */
  IPV4_VERSION(true),
  /** Less than the fixed part, or more than the frame holds. */
  IPV4_HEADER_LENGTH(true),
  /** Less than the header, or more than the frame holds. */
  IPV4_TOTAL_LENGTH(true),
  /** The frame ends within the fixed part of its IPv6 header. */
  IPV6_TRUNCATED(true),
  /** The EtherType says IPv6, the header does not. */
  IPV6_VERSION(true),
  /** More than the frame holds. */
  IPV6_PAYLOAD_LENGTH(true),
  /** An extension header that the packet does not hold, or more than eight of them. */
  IPV6_EXTENSION(true),
  /** The packet ends within the fixed part of its TCP header. */
  TCP_TRUNCATED(true),
  /** Less than the fixed part, or more than the packet holds. */
  TCP_HEADER_LENGTH(true),
  /** The packet ends within its UDP header. */
  UDP_TRUNCATED(true),
  /** Less than the header, or more than the packet holds. */
  UDP_LENGTH(true);

  private final boolean malformed;

  Parse() {
    this(false);
  }

  Parse(boolean malformed) {
    this.malformed = malformed;
  }

  /** Whether the frame contradicts its own headers. */
  public boolean malformed() {
    return malformed;
  }
}
