package io.headrace.registry;

import io.headrace.config.Mode;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Everything the registry knows at one moment; immutable, so that a reader keeps a consistent view
 * for as long as it likes.
 *
 * @param services every frontend of the configuration
 * @param pools every backend of the configuration, those that no frontend uses included
 * @param up the ids of the servers that are up: flows that they have may go on to them, though one
 *     that drains takes no new ones; not to be changed
 * @param down the ids of the other servers of the configuration; not to be changed
 */
public record Snapshot(List<Service> services, List<Pool> pools, BitSet up, BitSet down) {
  /**
   * What the frame pipeline or the proxy sees of it: the frontends of its modes, and every backend
   * but those that only frontends of other modes use.
   */
  public Snapshot only(Predicate<Mode> modes) {
    List<Service> mine = services.stream().filter(service -> modes.test(service.mode())).toList();
    Set<Pool> used = services.stream().map(Service::pool).collect(Collectors.toSet());
    Set<Pool> ours = mine.stream().map(Service::pool).collect(Collectors.toSet());
    return new Snapshot(
        mine,
        pools.stream().filter(pool -> ours.contains(pool) || !used.contains(pool)).toList(),
        up,
        down);
  }

  /** The server of this name, if the configuration has it. */
  public Optional<Server> server(String backend, String name) {
    return pools.stream()
        .filter(pool -> pool.name().equals(backend))
        .flatMap(pool -> pool.servers().stream())
        .filter(server -> server.name().equals(name))
        .findFirst();
  }

  /** Whether a server of the configuration has failed; false for one that is not in it. */
  public boolean isDown(Server server) {
    return down.get(server.id());
  }

  public boolean isUp(Server server) {
    return up.get(server.id());
  }
}
