package io.headrace.forward;

import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.status.CountersManager;

/**
 * Makes each {@link ForwardingTable} from the registry and the next hops, and publishes it to the stages. Frontends and
 * servers that leave the configuration stay known, with their counters, for the flows that they still have.
 *
 * <p>Threading: one thread updates; any thread reads {@link #current}.
 */
public final class ForwardingTables {
  private final int workers;
  private final CountersManager counters;
  private final long[] armMacs;
  private final BitSet natPorts;
  private final IntHashSet natAddresses = new IntHashSet();
  private final List<Frontend> frontends = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private volatile ForwardingTable current;

  /**
   * @param workers how many workers keep count
   * @param counters where the traffic of frontends and servers is counted
   * @param armMacs the arms' own MAC addresses, {@link ForwardingTable#ANY_MAC} for one that takes every frame
   * @param natPorts the ports that servers answer to
   */
  public ForwardingTables(
      int workers, CountersManager counters, long[] armMacs, BitSet natPorts) {
    this.workers = workers;
    this.counters = counters;
    this.armMacs = armMacs.clone();
    this.natPorts = (BitSet) natPorts.clone();
    this.current =
        new ForwardingTable(
            new Long2ObjectHashMap<>(),
            List.of(),
            List.of(),
            this.armMacs,
            natAddresses,
            this.natPorts);
  }

  /** The newest table. */
  public ForwardingTable current() {
    return current;
  }

  /** The number that an IPv4 address's four bytes make, most significant first. */
  public static int ipv4(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  /** Takes answers to this address for a server's, besides those of the resolved next hops: an earlier run may have used it. */
  public void addNatAddress(int address) {
    natAddresses.add(address);
  }

  /**
   * Publishes a new table.
   *
   * @param snapshot of the registry
   * @param hops the next hop of each server, {@link Hop#UNRESOLVED} where there is none
   */
  public void update(Snapshot snapshot, Function<Server, Hop> hops) {
    Long2ObjectHashMap<Frontend> byAddress = new Long2ObjectHashMap<>();
    for (Service service : snapshot.services()) {
      Frontend frontend =
          place(
              frontends,
              service.id(),
              old -> new Frontend(service, old.traffic()),
              () -> new Frontend(service, traffic("frontend", service.name())));
      InetSocketAddress listen = service.listen();
      byAddress.put(
          ForwardingTable.key(
              service.protocol().number(), ipv4(listen.getAddress()), listen.getPort()),
          frontend);
    }
    for (Pool pool : snapshot.pools()) {
      for (Server server : pool.servers()) {
        place(
            targets,
            server.id(),
            old -> new Target(server, old.hop(), old.traffic()),
            () -> new Target(server, Hop.UNRESOLVED, traffic("server", label(server))));
      }
    }
    targets.replaceAll(
        target -> {
          Hop hop = hops.apply(target.server());
          if (hop.isResolved()) {
            natAddresses.add(hop.natAddress());
          }
          return new Target(target.server(), hop, target.traffic());
        });
    IntHashSet addresses = new IntHashSet();
    addresses.addAll(natAddresses);
    current =
        new ForwardingTable(byAddress, frontends, targets, armMacs, addresses, natPorts);
  }

  private static String label(Server server) {
    return server.backend()
        + " "
        + server.address().getAddress().getHostAddress()
        + ":"
        + server.address().getPort();
  }

  private List<Traffic> traffic(String kind, String name) {
    return IntStream.range(0, workers)
        .mapToObj(
            worker -> {
              String owner = kind + " " + name + " worker " + worker + " ";
              return new Traffic(
                  counters.newCounter(owner + "connections"),
                  counters.newCounter(owner + "connections open"),
                  counters.newCounter(owner + "bytes from clients"),
                  counters.newCounter(owner + "bytes from servers"));
            })
        .toList();
  }

  /** Ids are dense: the next new one is the length of the list. */
  private static <T> T place(
      List<T> list, int id, java.util.function.UnaryOperator<T> again, java.util.function.Supplier<T> first) {
    if (id == list.size()) {
      list.add(first.get());
    } else {
      list.set(id, again.apply(list.get(id)));
    }
    return list.get(id);
  }
}
