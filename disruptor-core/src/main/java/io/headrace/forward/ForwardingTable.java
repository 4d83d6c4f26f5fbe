package io.headrace.forward;

import io.headrace.forward.FrontendsByEndpoint.Endpoint;
import io.headrace.packet.FiveTuple;
import io.headrace.packet.IpAddress;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;

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

  private final FrontendsByEndpoint listening;
  private final FrontendsByEndpoint answering;
  private final Frontend[] frontends;
  private final Target[] targets;
  private final Int2ObjectHashMap<PathMtu> ipv4PathMtus = new Int2ObjectHashMap<>();
  private final Ipv6Map<PathMtu> ipv6PathMtus;
  private final long[] armMacs;
  private final IntHashSet ipv4NatAddresses = new IntHashSet();
  private final Ipv6Map<IpAddress> ipv6NatAddresses;
  private final BitSet natPorts;

  ForwardingTable(
      Map<Endpoint, Frontend> listening,
      Map<Endpoint, Frontend> answering,
      Collection<Frontend> frontends,
      Collection<Target> targets,
      Map<IpAddress, PathMtu> pathMtus,
      long[] armMacs,
      Collection<IpAddress> natAddresses,
      BitSet natPorts) {
    this.listening = new FrontendsByEndpoint(listening);
    this.answering = new FrontendsByEndpoint(answering);
    this.frontends = new Frontend[length(frontends.stream().mapToInt(each -> each.service().id()))];
    frontends.forEach(each -> this.frontends[each.service().id()] = each);
    this.targets = new Target[length(targets.stream().mapToInt(each -> each.server().id()))];
    targets.forEach(each -> this.targets[each.server().id()] = each);
    this.armMacs = armMacs;
    Map<Ipv6Map.Key, PathMtu> ipv6Paths = new HashMap<>();
    pathMtus.forEach(
        (address, path) -> {
          if (address.isIpv6()) {
            ipv6Paths.put(new Ipv6Map.Key(address.high(), address.low(), 0), path);
          } else {
            ipv4PathMtus.put(address.ipv4(), path);
          }
        });
    this.ipv6PathMtus = new Ipv6Map<>(ipv6Paths);
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

  /** The frontend that listens there, or null. */
  Frontend frontendAt(int protocol, int address, int port) {
    return listening.at(protocol, address, port);
  }

  /** The frontend that listens there, or null. */
  Frontend frontendAt(int protocol, long addressHigh, long addressLow, int port) {
    return listening.at(protocol, addressHigh, addressLow, port);
  }

  /** The frontend for which a server there answers clients by their own addresses, or null. */
  Frontend answeringAt(int protocol, int address, int port) {
    return answering.at(protocol, address, port);
  }

  /** The frontend for which a server there answers clients by their own addresses, or null. */
  Frontend answeringAt(int protocol, long addressHigh, long addressLow, int port) {
    return answering.at(protocol, addressHigh, addressLow, port);
  }

  /** Of the way to where a packet goes, if that is a server's address; else null. */
  PathMtu pathMtuTo(FiveTuple packet) {
    return packet.isIpv6()
        ? ipv6PathMtus.get(packet.destinationHigh(), packet.destinationLow(), 0)
        : ipv4PathMtus.get(packet.destinationAddress());
  }

  /** Whether this machine itself talks to servers from an address. */
  boolean isOwn(int address) {
    return ipv4NatAddresses.contains(address);
  }

  /** Whether this machine itself talks to servers from an address. */
  boolean isOwn(long addressHigh, long addressLow) {
    return ipv6NatAddresses.get(addressHigh, addressLow, 0) != null;
  }

  /** Whether there are, or have been, a frontend and a server with these ids. */
  boolean knows(int frontend, int server) {
    return frontend < frontends.length
        && frontends[frontend] != null
        && server < targets.length
        && targets[server] != null;
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
    return natPorts.get(port) && isOwn(address);
  }

  /** Whether servers may answer there. */
  boolean isNatEndpoint(long addressHigh, long addressLow, int port) {
    return natPorts.get(port) && isOwn(addressHigh, addressLow);
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
