package io.headrace.packet;

/** What {@link Headers#parse} made of a frame. */
public enum Parse {
  /** TCP or UDP over IPv4, whole: every accessor of {@link Headers} is valid. */
  FLOW,
  /** Left to the kernel. */
  ARP,
  /** Recognised only, left to the kernel. */
  IPV6,
  /** ICMP over IPv4. The accessors of the IPv4 header are valid. */
  ICMP,
  /** A piece of an IPv4 packet. The accessors of the IPv4 header are valid. */
  FRAGMENT,
  /** Another EtherType, more than two VLAN tags, or another protocol over IPv4. */
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
