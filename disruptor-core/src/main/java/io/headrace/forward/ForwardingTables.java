package io.headrace.forward;

import io.headrace.config.Address;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.status.CountersManager;

/**
 * Makes each {@link ForwardingTable} from the registry and the next hops, and publishes it to the
 * stages. Frontends and servers that leave the configuration stay known, with their counters, for
 * the flows that they still have.
 *
 * <p>Threading: one thread updates; any thread reads {@link #current}.
 */
public final class ForwardingTables {
  private final int workers;
  private final CountersManager counters;
  private final long[] armMacs;
  private final BitSet natPorts;
  private final List<Frontend> frontends = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private volatile ForwardingTable current;

  /**
   * @param workers how many workers keep count
   * @param counters where the traffic of frontends and servers is counted
   * @param armMacs the arms' own MAC addresses, {@link ForwardingTable#ANY_MAC} for one that takes
   *     every frame
   * @param natPorts the ports that servers answer to
   */
  public ForwardingTables(int workers, CountersManager counters, long[] armMacs, BitSet natPorts) {
    this.workers = workers;
    this.counters = counters;
    this.armMacs = armMacs.clone();
    this.natPorts = (BitSet) natPorts.clone();
    publish(new Long2ObjectHashMap<>(), Set.of());
  }

  /** The newest table. */
  public ForwardingTable current() {
    return current;
  }

  /** The number that an IPv4 address's four bytes make, most significant first. */
  public static int ipv4(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  /**
   * Publishes a new table.
   *
   * @param snapshot of the registry
   * @param hops the next hop of each server, {@link Hop#UNRESOLVED} where there is none
   * @param natAddresses what servers may answer to, as {@link #ipv4} has it
   */
  public void update(
      Snapshot snapshot, Function<Server, Hop> hops, Collection<Integer> natAddresses) {
    Long2ObjectHashMap<Frontend> byAddress = new Long2ObjectHashMap<>();
    for (Service service : snapshot.services()) {
      Frontend frontend = frontend(service);
      byAddress.put(
          ForwardingTable.key(
              service.protocol().number(),
              ipv4(service.listen().getAddress()),
              service.listen().getPort()),
          frontend);
    }
    Set<Integer> configured =
        snapshot.pools().stream()
            .flatMap(pool -> pool.servers().stream())
            .map(Server::id)
            .collect(Collectors.toSet());
    for (Pool pool : snapshot.pools()) {
      pool.servers().forEach(server -> target(server, snapshot.isUp(server), hops));
    }
    for (Target target : List.copyOf(targets)) {
      if (!configured.contains(target.server().id())) {
        target(target.server(), false, hops);
      }
    }
    publish(byAddress, natAddresses);
  }

  /** Ids are dense, so the id of one that was never seen is the length of the list. */
  private Frontend frontend(Service service) {
    if (service.id() == frontends.size()) {
      frontends.add(new Frontend(service, traffic("frontend " + service.name())));
    } else {
      List<Traffic> traffic = frontends.get(service.id()).traffic();
      frontends.set(service.id(), new Frontend(service, traffic));
    }
    return frontends.get(service.id());
  }

  private void target(Server server, boolean isUp, Function<Server, Hop> hops) {
    Hop hop = hops.apply(server);
    if (server.id() == targets.size()) {
      String label = "server " + server.backend() + "/" + Address.format(server.address());
      targets.add(new Target(server, isUp, hop, traffic(label)));
    } else {
      List<Traffic> traffic = targets.get(server.id()).traffic();
      targets.set(server.id(), new Target(server, isUp, hop, traffic));
    }
  }

  private List<Traffic> traffic(String owner) {
    return IntStream.range(0, workers)
        .mapToObj(
            worker -> {
              String prefix = owner + " worker " + worker + " ";
              return new Traffic(
                  counters.newCounter(prefix + "connections"),
                  counters.newCounter(prefix + "connections open"),
                  counters.newCounter(prefix + "bytes from clients"),
                  counters.newCounter(prefix + "bytes from servers"));
            })
        .toList();
  }

  private void publish(Long2ObjectHashMap<Frontend> byAddress, Collection<Integer> natAddresses) {
    IntHashSet addresses = new IntHashSet();
    addresses.addAll(natAddresses);
    current = new ForwardingTable(byAddress, frontends, targets, armMacs, addresses, natPorts);
  }
}
