package io.headrace.config;

import java.net.InetSocketAddress;

/**
 * One member of a pool.
 *
 * @param name its key in the file
 * @param address a literal address and a port
 * @param weight its share of new flows, relative to its pool; 0 takes no new flows
 * @param maxConnections that a proxy opens to it at one time
 */
public record ServerConfig(String name, InetSocketAddress address, int weight, int maxConnections) {
  /** The weight of a server whose file gives none, as in Convey. */
  public static final int DEFAULT_WEIGHT = 1;
}
