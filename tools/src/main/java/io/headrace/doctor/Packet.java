package io.headrace.doctor;

import io.headrace.config.Protocol;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a packet before it is there, under nftables' names: {@code ip daddr}, {@code tcp
 * dport}, {@code meta iifname}, {@code ct state}. Immutable.
 */
final class Packet {
  private static final List<String> TRANSPORTS = List.of("tcp", "udp", "icmp", "icmpv6", "sctp");
  private final String network;
  private final String transport;
  private final Map<String, Object> known;

  private Packet(String network, String transport, Map<String, Object> known) {
    this.network = network;
    this.transport = transport;
    this.known = known;
  }

  static Packet of(InetAddress family, Protocol protocol) {
    String network = family instanceof Inet6Address ? "ip6" : "ip";
    String transport = protocol.name().toLowerCase(Locale.ROOT);
    return new Packet(
        network,
        transport,
        Map.of(
            "meta l4proto",
            transport,
            "ip protocol",
            transport,
            "ip6 nexthdr",
            transport,
            "meta nfproto",
            network.equals("ip") ? "ipv4" : "ipv6",
            "meta protocol",
            network));
  }

  private Packet with(String field, Object value) {
    Map<String, Object> more = new HashMap<>(known);
    more.put(field, value);
    return new Packet(network, transport, more);
  }

  Packet from(InetAddress address) {
    return with(network + " saddr", address);
  }

  Packet fromPort(int port) {
    return with(transport + " sport", (long) port);
  }

  Packet to(InetAddress address) {
    return with(network + " daddr", address);
  }

  Packet toPort(int port) {
    return with(transport + " dport", (long) port);
  }

  Packet in(String interfaceName) {
    return with("meta iifname", interfaceName).with("meta iif", interfaceName);
  }

  Packet out(String interfaceName) {
    return with("meta oifname", interfaceName).with("meta oif", interfaceName);
  }

  /** New or established, as connection tracking has it. */
  Packet state(String state) {
    return with("ct state", state);
  }

  /** Whether rules of a family, on a device if they have one, see it. */
  boolean meets(String family, Object device) {
    boolean sameFamily =
        switch (family) {
          case "ip", "ip6" -> family.equals(network);
          case "inet", "netdev" -> true;
          default -> false;
        };
    return sameFamily && (device == null || contains(device, get("meta oifname").orElse(device)));
  }

  private static boolean contains(Object devices, Object name) {
    return devices instanceof List<?> list ? list.contains(name) : devices.equals(name);
  }

  /** Whether a header of this name is none of it. */
  boolean lacks(String header) {
    return TRANSPORTS.contains(header) && !header.equals(transport)
        || (header.equals("ip") || header.equals("ip6")) && !header.equals(network);
  }

  Optional<Object> get(String field) {
    return Optional.ofNullable(known.get(field));
  }
}
