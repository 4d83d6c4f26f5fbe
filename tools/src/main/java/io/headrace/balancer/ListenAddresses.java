package io.headrace.balancer;

import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.Protocol;
import io.headrace.link.Interface;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/** Whether this machine can take in what frontends listen for. */
public final class ListenAddresses {
  private ListenAddresses() {}

  /**
   * Checks every frontend.
   *
   * @throws CommandFailure when an address is on no interface of this machine, or its port is
   *     another program's
   */
  static void check(Snapshot snapshot, List<Interface> interfaces) {
    for (Service service : snapshot.services()) {
      interfaceOf(service, interfaces);
      requireFree(service);
    }
  }

  /**
   * The interface that holds a frontend's address; without one, clients' frames cannot come.
   *
   * @throws CommandFailure when there is none, or it is the loopback
   */
  public static Interface interfaceOf(Service service, List<Interface> interfaces) {
    InetAddress address = service.listen().getAddress();
    String frontend = "frontend " + service.name() + ": " + Address.format(address);
    Interface holder =
        interfaces.stream()
            .filter(each -> each.holds(address))
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandFailure(
                        frontend + " is on no interface of this machine",
                        "listen on "
                            + addresses(interfaces)
                            + ", or add it: ip address add "
                            + Address.format(address)
                            + (address instanceof Inet6Address ? "/128" : "/32")
                            + " dev INTERFACE"));
    if (holder.loopback()) {
      throw new CommandFailure(
          frontend + " is on the loopback, where no other machine's frames come in",
          "listen on " + addresses(interfaces));
    }
    return holder;
  }

  private static String addresses(List<Interface> interfaces) {
    List<String> all =
        interfaces.stream()
            .filter(each -> !each.loopback())
            .flatMap(
                each ->
                    each.addresses().stream()
                        .map(Interface.Address::address)
                        .filter(held -> !held.isLinkLocalAddress())
                        .map(held -> Address.format(held) + " (" + each.name() + ")"))
            .toList();
    return all.isEmpty() ? "another address (this machine has none now)" : String.join(" or ", all);
  }

  /** The guard would keep the clients of a program that listens there from it. */
  private static void requireFree(Service service) {
    InetSocketAddress listen = service.listen();
    try {
      if (service.protocol() == Protocol.TCP) {
        try (ServerSocket socket = new ServerSocket()) {
          socket.setReuseAddress(true);
          socket.bind(listen);
        }
      } else {
        new DatagramSocket(listen).close();
      }
    } catch (IOException e) {
      if ("Permission denied".equals(e.getMessage())) {
        // It cannot be told, and need not be: nobody here ever binds the port.
        return;
      }
      throw new CommandFailure(
          "frontend "
              + service.name()
              + ": "
              + Address.format(listen)
              + " is taken by another program on this machine ("
              + e.getMessage()
              + "); see: ss -lnp 'sport = :"
              + listen.getPort()
              + "'");
    }
  }
}
