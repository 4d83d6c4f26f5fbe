package io.headrace.forward;

import io.headrace.packet.IpAddress;
import io.headrace.registry.Service;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.agrona.collections.Long2ObjectHashMap;

/** Finds the frontend that an endpoint of either family has, without allocating. Immutable. */
final class FrontendsByEndpoint {
  private final Long2ObjectHashMap<Frontend> ipv4 = new Long2ObjectHashMap<>();
  private final Ipv6Map<Frontend> ipv6;

  FrontendsByEndpoint(Map<Endpoint, Frontend> frontends) {
    Map<Ipv6Map.Key, Frontend> ofIpv6 = new HashMap<>();
    frontends.forEach(
        (at, frontend) -> {
          if (at.address.isIpv6()) {
            ofIpv6.put(
                new Ipv6Map.Key(at.address.high(), at.address.low(), number(at.protocol, at.port)),
                frontend);
          } else {
            ipv4.put(key(at.protocol, at.address.ipv4(), at.port), frontend);
          }
        });
    ipv6 = new Ipv6Map<>(ofIpv6);
  }

  /** Where a frontend listens, or a server answers. */
  record Endpoint(int protocol, IpAddress address, int port) {
    static Endpoint of(Service service) {
      return of(service, service.listen());
    }

    static Endpoint of(Service service, InetSocketAddress at) {
      return new Endpoint(service.protocol().number(), IpAddress.of(at.getAddress()), at.getPort());
    }
  }

  private static long key(int protocol, int address, int port) {
    return Integer.toUnsignedLong(address) << 24 | number(protocol, port);
  }

  private static int number(int protocol, int port) {
    return port << 8 | protocol;
  }

  /** The frontend, or null. */
  Frontend at(int protocol, int address, int port) {
    return ipv4.get(key(protocol, address, port));
  }

  /** The frontend, or null. */
  Frontend at(int protocol, long addressHigh, long addressLow, int port) {
    return ipv6.get(addressHigh, addressLow, number(protocol, port));
  }
}
