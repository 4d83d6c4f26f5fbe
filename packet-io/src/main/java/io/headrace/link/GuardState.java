package io.headrace.link;

import java.net.InetAddress;
import java.util.Set;

/**
 * Which frames are the balancer's and not the kernel's: those to a frontend, those from a server to
 * a NAT port, and those that a server answers to a client's own address. Whoever makes it includes
 * what still has live flows, though the configuration may have dropped it.
 *
 * @param interfaces the names of the interfaces that frames are captured on
 * @param frontends what clients send to
 * @param servers what answers
 * @param returning what answers to clients' own addresses
 * @param natAddresses the addresses that servers answer to
 * @param natPorts the ports that servers answer to
 */
public record GuardState(
    Set<String> interfaces,
    Set<Endpoint> frontends,
    Set<Endpoint> servers,
    Set<Endpoint> returning,
    Set<InetAddress> natAddresses,
    PortSet natPorts) {

  public GuardState {
    interfaces = Set.copyOf(interfaces);
    frontends = Set.copyOf(frontends);
    servers = Set.copyOf(servers);
    returning = Set.copyOf(returning);
    natAddresses = Set.copyOf(natAddresses);
    for (String name : interfaces) {
      if (!name.matches("[^\\s\"/]{1,15}")) {
        throw new IllegalArgumentException("no name of an interface: \"" + name + "\"");
      }
    }
  }

  /**
   * One end of a conversation.
   *
   * @param protocol its IANA number: 6 is TCP, 17 is UDP
   * @param address of either family
   * @param port 1 to 65535
   */
  public record Endpoint(int protocol, InetAddress address, int port) {
    public Endpoint {
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("no port: " + port);
      }
    }
  }
}
