package io.headrace.forward;

import java.util.BitSet;
import java.util.Collection;
import java.util.List;
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

  private final Long2ObjectHashMap<Frontend> frontendsByAddress;
  private final Frontend[] frontends;
  private final Target[] targets;
  private final long[] armMacs;
  private final IntHashSet natAddresses;
  private final BitSet natPorts;

  ForwardingTable(
      Long2ObjectHashMap<Frontend> frontendsByAddress,
      Collection<Frontend> frontends,
      Collection<Target> targets,
      long[] armMacs,
      IntHashSet natAddresses,
      BitSet natPorts) {
    this.frontendsByAddress = frontendsByAddress;
    this.frontends = new Frontend[length(frontends.stream().mapToInt(each -> each.service().id()))];
    frontends.forEach(each -> this.frontends[each.service().id()] = each);
    this.targets = new Target[length(targets.stream().mapToInt(each -> each.server().id()))];
    targets.forEach(each -> this.targets[each.server().id()] = each);
    this.armMacs = armMacs;
    this.natAddresses = natAddresses;
    this.natPorts = natPorts;
  }

  private static int length(IntStream ids) {
    return ids.max().orElse(-1) + 1;
  }

  static long key(int protocol, int address, int port) {
    return Integer.toUnsignedLong(address) << 24 | (long) port << 8 | protocol;
  }

  /** The frontend that listens there, or null. */
  Frontend frontendAt(int protocol, int address, int port) {
    return frontendsByAddress.get(key(protocol, address, port));
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
  public boolean isNatEndpoint(int address, int port) {
    return natPorts.get(port) && natAddresses.contains(address);
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
