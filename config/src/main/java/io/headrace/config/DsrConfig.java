package io.headrace.config;

import java.util.List;

/**
 * What a frontend of mode dsr has beyond the others.
 *
 * @param way how a frame reaches its server
 * @param onePacket whether each datagram is a question of its own, of which nothing is remembered
 */
public record DsrConfig(Way way, boolean onePacket) {
  /** Where the file says nothing, and in other modes: Convey's way. */
  public static final DsrConfig DEFAULT = new DsrConfig(Way.NAT, false);

  /**
   * How a frame reaches a server that answers the client by itself. NAT: its destination becomes
   * the server's address and port; L2: its Ethernet destination becomes the server's, and nothing
   * else.
   */
  public enum Way {
    NAT,
    L2;

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
              + " the balancer's own network gets it as it is");

  private static final Key<Boolean> ONE_PACKET =
      Key.of(
          "one_packet",
          Types.bool(),
          DEFAULT.onePacket,
          "true",
          "in mode dsr with UDP: each datagram is a question of its own, as in DNS; nothing is"
              + " remembered of it");

  static final List<Key<?>> KEYS = List.of(WAY, ONE_PACKET);

  static DsrConfig read(Section section, Mode mode, Protocol protocol) {
    if (mode != Mode.DSR) {
      refuse(section, WAY, "mode \"dsr\"");
      refuse(section, ONE_PACKET, "mode \"dsr\"");
      return DEFAULT;
    }
    if (protocol != Protocol.UDP) {
      refuse(section, ONE_PACKET, "protocol \"udp\"");
    }
    return new DsrConfig(section.get(WAY), protocol == Protocol.UDP && section.get(ONE_PACKET));
  }

  private static void refuse(Section section, Key<?> key, String owner) {
    section
        .raw(key)
        .ifPresent(
            found -> section.problem(found, key.name() + " is a setting of " + owner + " alone"));
  }
}
