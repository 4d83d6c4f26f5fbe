package io.headrace.health;

import io.headrace.registry.Server;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Brings the packets of checks to a server of direct return by the way of its traffic. Any thread.
 */
@FunctionalInterface
public interface Detour {
  /** There is none. */
  Detour NONE = (_, _, _) -> Optional.empty();

  /**
   * An address that stands for a frontend's own, but at one server: what connects there, to any
   * port, has connected to that port of the frontend's address.
   *
   * @param frontend the id of its service
   * @param address the frontend's own
   * @return empty where packets cannot be brought to the server by that way
   */
  Optional<InetAddress> standIn(int frontend, InetAddress address, Server server);
}
