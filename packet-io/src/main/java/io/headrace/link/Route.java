package io.headrace.link;

import java.net.InetAddress;

/** Which way the kernel would send a packet. */
public sealed interface Route {
  /**
   * Out of an interface.
   *
   * @param interfaceIndex the interface
   * @param gateway the station to hand the packet to: a router, or the destination itself
   * @param source the address that the kernel would send from
   * @param mtu the longest packet that the route takes, in bytes; 0 where the interface decides
   */
  record Via(int interfaceIndex, InetAddress gateway, InetAddress source, int mtu)
      implements Route {}

  /** To this very machine. */
  record Loopback() implements Route {}

  /** Nowhere: no route, or one that forbids it, or the destination is no single station. */
  record Unreachable() implements Route {}
}
