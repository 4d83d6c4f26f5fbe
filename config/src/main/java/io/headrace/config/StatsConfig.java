package io.headrace.config;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where statistics are served.
 *
 * @param listen empty when the file has no {@code [stats]} table; 127.0.0.1 unless the file names
 *     an address
 */
public record StatsConfig(Optional<InetSocketAddress> listen) {}
