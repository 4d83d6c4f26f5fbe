package io.headrace.registry;

import java.util.BitSet;
import java.util.List;

/**
 * Everything the registry knows at one moment; immutable, so that a reader keeps a consistent view
 * for as long as it likes.
 *
 * @param services every frontend of the configuration
 * @param pools every backend of the configuration, those that no frontend uses included
 * @param up the ids of the servers that are up; not to be changed
 */
public record Snapshot(List<Service> services, List<Pool> pools, BitSet up) {
  public boolean isUp(Server server) {
    return up.get(server.id());
  }
}
