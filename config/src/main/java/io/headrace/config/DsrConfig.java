package io.headrace.config;

import java.net.Inet4Address;
import java.util.List;

/**
 * What a frontend of mode dsr has beyond the others.
 *
 * @param way how a frame reaches its server
 * @param onePacket whether each datagram is a question of its own, of which nothing is remembered
 * @param ipipSource what the outer packets of IPIP come from, of IPv4
 * @param ipipSource6 the same of IPv6
 */
public record DsrConfig(Way way, boolean onePacket, Cidr ipipSource, Cidr ipipSource6) {
  /** Where the file says nothing, and in other modes: Convey's way. */
  public static final DsrConfig DEFAULT =
      new DsrConfig(
          Way.NAT,
          false,
          Cidr.parse("172.16.0.0/16"),
          // Of the prefix that leads nowhere (RFC 6666).
          Cidr.parse("100::/64"));

  /**
   * How a frame reaches a server that answers the client by itself. NAT: its destination becomes
   * the server's address and port; L2: its Ethernet destination becomes the server's, and nothing
   * else; IPIP: it travels in another IP packet; GUE: it travels in a UDP datagram.
   */
  public enum Way {
    NAT,
    L2,
    IPIP,
    GUE;

    /** Whether the packet travels in another. */
    public boolean isTunnel() {
      return this == IPIP || this == GUE;
    }

    /**
     * Bytes that the way takes of the longest packet.
     *
     * @param overIpv6 whether the outer packet of a tunnel is one of IPv6
     */
    public int overhead(boolean overIpv6) {
      int ip = overIpv6 ? 40 : 20;
      return switch (this) {
        case NAT, L2 -> 0;
        case IPIP -> ip;
        case GUE -> ip + 8;
      };
    }

    /** Whether the server sees the frontend's own address and port as the destination. */
    public boolean keepsDestination() {
      return this != NAT;
    }
  }

  private static final Key<Way> WAY =
      Key.of(
          "dsr",
          Types.choice(Way.class),
          DEFAULT.way,
          "\"l2\"",
          "in mode dsr, how a frame reaches its server. `\"nat\"`: its destination becomes the"
              + " server's address and port, the source stays the client's; `\"l2\"`: a server on"
              + " the balancer's own network gets it as it is; `\"ipip\"`: it travels in another"
              + " IP packet; `\"gue\"`: in a UDP datagram to port 6080");

  private static final Key<Boolean> ONE_PACKET =
      Key.of(
          "one_packet",
          Types.bool(),
          DEFAULT.onePacket,
          "true",
          "in mode dsr with UDP: each datagram is a question of its own, as in DNS; nothing is"
              + " remembered of it");

  private static final Key<Cidr> IPIP_SOURCE =
      Key.of(
          "ipip_source",
          Types.text(
              "a range of IPv4 addresses", text -> range(text, DEFAULT.ipipSource), Cidr::toString),
          DEFAULT.ipipSource,
          "\"192.0.2.1/32\"",
          "with `dsr = \"ipip\"`: what the outer packets come from, each flow's from one address of"
              + " it, so that flows spread over a server's queues");

  private static final Key<Cidr> IPIP_SOURCE6 =
      Key.of(
          "ipip_source6",
          Types.text(
              "a range of IPv6 addresses",
              text -> range(text, DEFAULT.ipipSource6),
              Cidr::toString),
          DEFAULT.ipipSource6,
          "\"2001:db8::1/128\"",
          "as `ipip_source`, to servers of IPv6");

  static final List<Key<?>> KEYS = List.of(WAY, ONE_PACKET, IPIP_SOURCE, IPIP_SOURCE6);

  static DsrConfig read(Section section, Mode mode, Protocol protocol) {
    if (mode != Mode.DSR) {
      refuse(section, WAY, "mode \"dsr\"");
      refuse(section, ONE_PACKET, "mode \"dsr\"");
      refuse(section, IPIP_SOURCE, "mode \"dsr\"");
      refuse(section, IPIP_SOURCE6, "mode \"dsr\"");
      return DEFAULT;
    }
    if (protocol != Protocol.UDP) {
      refuse(section, ONE_PACKET, "protocol \"udp\"");
    }
    Way way = section.get(WAY);
    if (way != Way.IPIP) {
      refuse(section, IPIP_SOURCE, "dsr \"ipip\"");
      refuse(section, IPIP_SOURCE6, "dsr \"ipip\"");
    }
    return new DsrConfig(
        way,
        protocol == Protocol.UDP && section.get(ONE_PACKET),
        way == Way.IPIP ? section.get(IPIP_SOURCE) : DEFAULT.ipipSource,
        way == Way.IPIP ? section.get(IPIP_SOURCE6) : DEFAULT.ipipSource6);
  }

  private static Cidr range(String text, Cidr like) {
    Cidr range = Cidr.parse(text);
    if (range.network().getClass() != like.network().getClass()) {
      throw new IllegalArgumentException(
          "%s is not a range of IPv%s addresses, as %s is"
              .formatted(
                  Wording.quote(text), like.network() instanceof Inet4Address ? 4 : 6, like));
    }
    return range;
  }

  private static void refuse(Section section, Key<?> key, String owner) {
    section
        .raw(key)
        .ifPresent(
            found -> section.problem(found, key.name() + " is a setting of " + owner + " alone"));
  }
}
