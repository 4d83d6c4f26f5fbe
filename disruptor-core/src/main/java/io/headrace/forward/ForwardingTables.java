package io.headrace.forward;

import io.headrace.config.OnDown;
import io.headrace.config.Source;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.forward.FrontendsByEndpoint.Endpoint;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Makes each {@link ForwardingTable} from the registry and the next hops, and publishes it to the
 * stages. Frontends and servers that leave the configuration stay known, with their counters, for
 * the flows that they still have.
 *
 * <p>Threading: one thread updates; any thread reads {@link #current}.
 */
public final class ForwardingTables {
  private final int workers;
  private final Counters counters;
  private final long[] armMacs;
  private final BitSet natPorts;
  private final Map<Integer, Frontend> frontends = new HashMap<>();
  private final Map<Integer, Target> targets = new HashMap<>();
  private final Map<Endpoint, Frontend> listened = new HashMap<>();

  /** Of every address that a server ever had. */
  private final Map<IpAddress, PathMtu> pathMtus = new HashMap<>();

  /** The id of the frontend that a server ever answered for by the client's address. */
  private final Map<Endpoint, Integer> answering = new HashMap<>();

  private volatile ForwardingTable current;

  /**
   * @param workers how many workers keep count
   * @param armMacs the arms' own MAC addresses, {@link ForwardingTable#ANY_MAC} for one that takes
   *     every frame
   * @param natPorts the ports that servers answer to
   * @param counters where they count, and which servers are up stands
   */
  public ForwardingTables(int workers, long[] armMacs, BitSet natPorts, Counters counters) {
    this.workers = workers;
    this.counters = counters;
    this.armMacs = armMacs.clone();
    this.natPorts = (BitSet) natPorts.clone();
    publish(Map.of(), Set.of());
  }

  /** The newest table. */
  public ForwardingTable current() {
    return current;
  }

  /** An arm has another MAC address, from the next {@link #update} on. */
  public void armMac(int arm, long mac) {
    armMacs[arm] = mac;
  }

  /**
   * Publishes a new table.
   *
   * @param snapshot of the registry
   * @param hops the next hop of each server, {@link Hop#UNRESOLVED} where there is none
   * @param natAddresses what servers may answer to
   */
  public void update(
      Snapshot snapshot, Function<Server, Hop> hops, Collection<IpAddress> natAddresses) {
    Map<Integer, Frontend> departed = new HashMap<>(frontends);
    Map<Endpoint, Frontend> byAddress = new HashMap<>();
    for (Service service : snapshot.services()) {
      Frontend former = departed.remove(service.id());
      Frontend frontend = new Frontend(service, true, traffic(service, former));
      frontends.put(service.id(), frontend);
      listened.put(Endpoint.of(service), frontend);
      byAddress.put(Endpoint.of(service), frontend);
      answers(service);
    }
    departed.replaceAll((_, each) -> new Frontend(each.service(), false, each.traffic()));
    frontends.putAll(departed);
    keepConnected(byAddress);

    Map<Integer, Target> left = new HashMap<>(targets);
    for (Pool pool : snapshot.pools()) {
      for (Server server : pool.servers()) {
        Target former = left.remove(server.id());
        List<Traffic> traffic = former == null ? traffic(server) : former.traffic();
        targets.put(
            server.id(),
            new Target(
                server,
                snapshot.isUp(server),
                snapshot.isDown(server) ? pool.onDown() : OnDown.KEEP,
                hops.apply(server),
                pathMtu(server),
                traffic));
      }
    }
    left.replaceAll(
        (_, each) ->
            new Target(
                each.server(),
                false,
                OnDown.KEEP,
                hops.apply(each.server()),
                each.pathMtu(),
                each.traffic()));
    targets.putAll(left);
    publish(byAddress, natAddresses);
  }

  /** An address that no frontend has any more stays with the connections that came in by it. */
  private void keepConnected(Map<Endpoint, Frontend> byAddress) {
    listened
        .entrySet()
        .removeIf(
            each -> !byAddress.containsKey(each.getKey()) && !each.getValue().hasConnections());
    listened.forEach(
        (at, frontend) ->
            byAddress.putIfAbsent(at, new Frontend(frontend.service(), false, frontend.traffic())));
  }

  private void answers(Service service) {
    if (service.source() == Source.CLIENT) {
      for (Server server : service.pool().servers()) {
        answering.put(Endpoint.of(service, server.address()), service.id());
      }
    }
  }

  private List<Traffic> traffic(Service service, Frontend former) {
    return former != null
        ? former.traffic()
        : IntStream.range(0, workers)
            .mapToObj(worker -> Traffic.ofFrontend(counters, service.id(), worker))
            .toList();
  }

  private PathMtu pathMtu(Server server) {
    return pathMtus.computeIfAbsent(
        IpAddress.of(server.address().getAddress()), _ -> new PathMtu());
  }

  private List<Traffic> traffic(Server server) {
    return IntStream.range(0, workers)
        .mapToObj(worker -> Traffic.ofServer(counters, server.id(), worker))
        .toList();
  }

  private void publish(Map<Endpoint, Frontend> byAddress, Collection<IpAddress> natAddresses) {
    Map<Endpoint, Frontend> answers = new HashMap<>();
    answering.forEach((server, id) -> answers.put(server, frontends.get(id)));
    current =
        new ForwardingTable(
            byAddress,
            answers,
            frontends.values(),
            targets.values(),
            pathMtus,
            armMacs.clone(),
            natAddresses,
            natPorts);
    // Last: whoever reads that a server is down may rely on it that no new flow goes there.
    targets.values().forEach(this::say);
  }

  private void say(Target target) {
    counters
        .counter(Name.of(Metric.SERVER_UP).id(target.server().id()))
        .setRelease(target.isUp() ? 1 : 0);
  }
}
