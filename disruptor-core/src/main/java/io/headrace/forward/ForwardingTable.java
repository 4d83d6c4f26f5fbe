package io.headrace.forward;

import io.headrace.packet.IpAddress;
import io.headrace.registry.Service;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * What the data path knows of the world: frontends, servers and their next hops, its own addresses.
 * It is not changed once it is published, so stages read it without a lock; a change makes a new
 * one.
 */
public final class ForwardingTable {
  /**
   * The MAC address of an arm whose frames are all for us, whatever their destination: that of a
   * capture file.
   */
  public static final long ANY_MAC = -1;

  private final Long2ObjectHashMap<Frontend> ipv4Frontends = new Long2ObjectHashMap<>();
  private final Ipv6Map<Frontend> ipv6Frontends;
  private final Long2ObjectHashMap<Frontend> answering = new Long2ObjectHashMap<>();
  private final Frontend[] frontends;
  private final Target[] targets;
  private final long[] armMacs;
  private final IntHashSet ipv4NatAddresses = new IntHashSet();
  private final Ipv6Map<IpAddress> ipv6NatAddresses;
  private final BitSet natPorts;

  ForwardingTable(
      Map<Endpoint, Frontend> listening,
      Map<Endpoint, Frontend> answering,
      Collection<Frontend> frontends,
      Collection<Target> targets,
      long[] armMacs,
      Collection<IpAddress> natAddresses,
      BitSet natPorts) {
    Map<Ipv6Map.Key, Frontend> ipv6Listening = new HashMap<>();
    listening.forEach(
        (at, frontend) -> {
          if (at.address.isIpv6()) {
            ipv6Listening.put(at.ipv6Key(), frontend);
          } else {
            ipv4Frontends.put(key(at.protocol, at.address.ipv4(), at.port), frontend);
          }
        });
    this.ipv6Frontends = new Ipv6Map<>(ipv6Listening);
    answering.forEach(
        (at, frontend) ->
            this.answering.put(key(at.protocol, at.address.ipv4(), at.port), frontend));
    this.frontends = new Frontend[length(frontends.stream().mapToInt(each -> each.service().id()))];
    frontends.forEach(each -> this.frontends[each.service().id()] = each);
    this.targets = new Target[length(targets.stream().mapToInt(each -> each.server().id()))];
    targets.forEach(each -> this.targets[each.server().id()] = each);
    this.armMacs = armMacs;
    Map<Ipv6Map.Key, IpAddress> ipv6Nat = new HashMap<>();
    for (IpAddress address : natAddresses) {
      if (address.isIpv6()) {
        ipv6Nat.put(new Ipv6Map.Key(address.high(), address.low(), 0), address);
      } else {
        ipv4NatAddresses.add(address.ipv4());
      }
    }
    this.ipv6NatAddresses = new Ipv6Map<>(ipv6Nat);
    this.natPorts = natPorts;
  }

  private static int length(IntStream ids) {
    return ids.max().orElse(-1) + 1;
  }

  /** Where a frontend listens, or a server answers. */
  record Endpoint(int protocol, IpAddress address, int port) {
    static Endpoint of(Service service) {
      return of(service, service.listen());
    }

    static Endpoint of(Service service, InetSocketAddress at) {
      return new Endpoint(service.protocol().number(), IpAddress.of(at.getAddress()), at.getPort());
    }

    private Ipv6Map.Key ipv6Key() {
      return new Ipv6Map.Key(address.high(), address.low(), number(protocol, port));
    }
  }

  private static long key(int protocol, int address, int port) {
    return Integer.toUnsignedLong(address) << 24 | number(protocol, port);
  }

  private static int number(int protocol, int port) {
    return port << 8 | protocol;
  }

  /** The frontend that listens there, or null. */
  Frontend frontendAt(int protocol, int address, int port) {
    return ipv4Frontends.get(key(protocol, address, port));
  }

  /** The frontend that listens there, or null. */
  Frontend frontendAt(int protocol, long addressHigh, long addressLow, int port) {
    return ipv6Frontends.get(addressHigh, addressLow, number(protocol, port));
  }

  /** The frontend for which a server there answers clients by their own addresses, or null. */
  Frontend answeringAt(int protocol, int address, int port) {
    return answering.get(key(protocol, address, port));
  }

  /** Whether this machine itself talks to servers from an address. */
  boolean isOwn(int address) {
    return ipv4NatAddresses.contains(address);
  }

  /** The frontend with this id, which need not be in the configuration any more. */
  Frontend frontend(int id) {
    return frontends[id];
  }

  /** The server with this id, which need not be in the configuration any more. */
  Target target(int serverId) {
    return targets[serverId];
  }

  /** The arm's own MAC address, or {@link #ANY_MAC}. */
  long armMac(int arm) {
    return armMacs[arm];
  }

  /** Whether servers may answer there. */
  boolean isNatEndpoint(int address, int port) {
    return natPorts.get(port) && ipv4NatAddresses.contains(address);
  }

  /** Whether servers may answer there. */
  boolean isNatEndpoint(long addressHigh, long addressLow, int port) {
    return natPorts.get(port) && ipv6NatAddresses.get(addressHigh, addressLow, 0) != null;
  }

  /** Whether servers may answer there. */
  public boolean isNatEndpoint(IpAddress address, int port) {
    return address.isIpv6()
        ? isNatEndpoint(address.high(), address.low(), port)
        : isNatEndpoint(address.ipv4(), port);
  }

  /** Every frontend that was ever configured in the life of this process. */
  public List<Frontend> frontends() {
    return Stream.of(frontends).filter(Objects::nonNull).toList();
  }

  /** Every server that was ever configured in the life of this process. */
  public List<Target> targets() {
    return Stream.of(targets).filter(Objects::nonNull).toList();
  }
}
