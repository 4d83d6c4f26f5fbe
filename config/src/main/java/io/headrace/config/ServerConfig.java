package io.headrace.config;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One member of a pool.
 *
 * @param name its key in the file
 * @param address a literal address and a port
 * @param weight its share of new flows, relative to its pool; 0 takes no new flows
 * @param maxConnections that a proxy opens to it at one time
 * @param backup whether it gets flows only while no other server takes any
 * @param checkAddress where it is checked, if that is not its own
 */
public record ServerConfig(
    String name,
    InetSocketAddress address,
    int weight,
    int maxConnections,
    boolean backup,
    Optional<InetSocketAddress> checkAddress) {
  /** The weight of a server whose file gives none, as in Convey. */
  public static final int DEFAULT_WEIGHT = 1;
}
