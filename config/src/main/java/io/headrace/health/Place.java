package io.headrace.health;

import java.net.InetSocketAddress;

/**
 * Where a check asks.
 *
 * @param asked the address that the server is asked at
 * @param connected where the check connects for that: elsewhere if a {@link Detour} leads there
 */
record Place(InetSocketAddress asked, InetSocketAddress connected) {
  static Place at(InetSocketAddress address) {
    return new Place(address, address);
  }

  boolean isByDetour() {
    return !asked.equals(connected);
  }
}
