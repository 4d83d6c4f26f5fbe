package io.headrace.forward;

import io.headrace.config.OnDown;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Server;
import java.util.List;

/**
 * A server of the registry, as the data path sees it. It stays known when it leaves the
 * configuration, since flows may still go to it.
 *
 * @param server from the registry
 * @param address the server's
 * @param port the server's port
 * @param isUp whether the flows that it has go on to it
 * @param onDown what becomes of its TCP flows: {@code KEEP} unless it is down
 * @param hop towards it
 * @param pathMtu of the way to its address
 * @param traffic by worker
 */
public record Target(
    Server server,
    IpAddress address,
    int port,
    boolean isUp,
    OnDown onDown,
    Hop hop,
    PathMtu pathMtu,
    List<Traffic> traffic) {
  Target(
      Server server, boolean isUp, OnDown onDown, Hop hop, PathMtu pathMtu, List<Traffic> traffic) {
    this(
        server,
        IpAddress.of(server.address().getAddress()),
        server.address().getPort(),
        isUp,
        onDown,
        hop,
        pathMtu,
        traffic);
  }
}
