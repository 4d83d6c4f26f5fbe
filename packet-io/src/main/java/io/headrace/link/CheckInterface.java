package io.headrace.link;

import java.util.List;
import java.util.Optional;

/**
 * What health checks of direct server return leave the kernel by: a pair of virtual interfaces of
 * the balancer's own, so that nothing of the machine's others changes. The kernel has one end, with
 * addresses; what it sends there is captured on the other, and what is injected there reaches it.
 *
 * <p>Works in the network namespace of the thread that opens it. A process that is killed leaves
 * it; whoever takes the {@link HostClaim} next removes it.
 */
public final class CheckInterface implements AutoCloseable {
  /** The end that frames are captured on and injected at. */
  public static final String FRAMES = "headrace-frames";

  private static final String KERNEL = "headrace-check";

  private final NetlinkSocket socket;
  private final Interface kernelEnd;

  private CheckInterface(NetlinkSocket socket, Interface kernelEnd) {
    this.socket = socket;
    this.kernelEnd = kernelEnd;
  }

  /**
   * Makes the pair.
   *
   * @param mtu the longest packet of a check, in bytes
   * @throws LinkException when the kernel refuses
   */
  public static CheckInterface open(int mtu) {
    NetlinkSocket socket = NetlinkSocket.open();
    try {
      require(socket, Rtnetlink.createPair(KERNEL, FRAMES, mtu), "make the interface " + KERNEL);
      for (String end : List.of(KERNEL, FRAMES)) {
        int index = find(end).orElseThrow().index();
        require(socket, Rtnetlink.switchOn(index), "switch the interface " + end + " on");
      }
      return new CheckInterface(socket, find(KERNEL).orElseThrow());
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Gives the kernel's end an address; the rest of its network are stations on the other end.
   *
   * @throws LinkException when the kernel refuses
   */
  public void add(Interface.Address address) {
    require(
        socket,
        Rtnetlink.addAddress(kernelEnd.index(), address),
        "give %s the address %s".formatted(KERNEL, address.address().getHostAddress()));
  }

  /** The address that frames for the kernel's end go to, 48 bits. */
  public long mac() {
    return kernelEnd.mac();
  }

  /** Removes what a process that is gone has left. */
  static void removeLeftover() {
    find(KERNEL)
        .ifPresent(
            left -> {
              try (NetlinkSocket socket = NetlinkSocket.open()) {
                delete(socket, left.index());
              }
            });
  }

  private static Optional<Interface> find(String name) {
    try (Links links = Links.open()) {
      return links.interfaces().stream().filter(each -> each.name().equals(name)).findFirst();
    }
  }

  private static void delete(NetlinkSocket socket, int interfaceIndex) {
    require(socket, Rtnetlink.delete(interfaceIndex), "remove the interface " + KERNEL);
  }

  private static void require(NetlinkSocket socket, NetlinkRequest request, String what) {
    int errno = socket.ask(request).errno();
    if (errno != 0) {
      throw LinkException.of(what, errno);
    }
  }

  /** Removes both ends. */
  @Override
  public void close() {
    try (socket) {
      delete(socket, kernelEnd.index());
    }
  }
}
