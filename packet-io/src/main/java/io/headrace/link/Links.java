package io.headrace.link;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel's interfaces, routes and neighbours, read through netlink in the network namespace of
 * the thread that opens it. Every answer is what the kernel knows at that moment; a {@link
 * NextHopWatcher} follows the changes. Reading needs no privilege. Thread-safe.
 *
 * <p>Every method throws {@link LinkException} when the kernel cannot be asked.
 */
public final class Links implements AutoCloseable {
  private final NetlinkSocket socket;

  private Links(NetlinkSocket socket) {
    this.socket = socket;
  }

  public static Links open() {
    return new Links(NetlinkSocket.open());
  }

  /** Every interface there is, in the kernel's order. */
  public List<Interface> interfaces() {
    Map<Integer, List<Interface.Address>> addresses = new HashMap<>();
    socket.dump(Rtnetlink.addresses()).forEach(m -> Rtnetlink.toAddress(m, addresses));
    return socket.dump(Rtnetlink.interfaces()).stream()
        .map(m -> Rtnetlink.toInterface(m, addresses))
        .toList();
  }

  /** The interface that holds an address as its own. */
  public Optional<Interface> interfaceHolding(InetAddress address) {
    return interfaces().stream().filter(i -> i.holds(address)).findFirst();
  }

  /** Which way the kernel would send a packet that starts here. */
  public Route route(InetAddress destination) {
    return Rtnetlink.toRoute(socket.ask(Rtnetlink.route(destination)), destination);
  }

  /** What the kernel knows of a station on an interface's link. */
  public Neighbour neighbour(int interfaceIndex, InetAddress station) {
    return Rtnetlink.toNeighbour(socket.ask(Rtnetlink.neighbour(interfaceIndex, station)));
  }

  /**
   * Makes the kernel find out where a station is, or whether it is still there. The answer shows
   * later, in {@link #neighbour}. Needs CAP_NET_ADMIN.
   */
  public void probe(int interfaceIndex, InetAddress station) {
    int errno = socket.ask(Rtnetlink.use(interfaceIndex, station)).errno();
    if (errno != 0) {
      throw LinkException.of("have " + station.getHostAddress() + " resolved", errno);
    }
  }

  /** How a frame would travel to a destination. Asks the kernel's tables alone, and no station. */
  public Resolution resolve(InetAddress destination) {
    return path(destination, interfaces()).resolution();
  }

  /**
   * The same, where the interfaces are known already.
   *
   * @param interfaces as {@link #interfaces} gave them
   */
  Path path(InetAddress destination, List<Interface> interfaces) {
    return switch (route(destination)) {
      case Route.Unreachable() -> Path.none(Resolution.Reason.NO_ROUTE);
      case Route.Loopback() -> Path.none(Resolution.Reason.VIA_LOOPBACK);
      case Route.Via via ->
          interfaces.stream()
              .filter(i -> i.index() == via.interfaceIndex())
              .findFirst()
              .map(out -> path(via, out))
              .orElse(Path.none(Resolution.Reason.LINK_DOWN));
    };
  }

  private Path path(Route.Via via, Interface out) {
    if (out.loopback()) {
      return Path.none(Resolution.Reason.VIA_LOOPBACK);
    }
    if (!out.up()) {
      return Path.none(Resolution.Reason.LINK_DOWN);
    }
    if (out.mac() == 0) {
      return Path.none(Resolution.Reason.NOT_ETHERNET);
    }
    Neighbour neighbour = neighbour(via.interfaceIndex(), via.gateway());
    Optional<Route.Via> probe = neighbour.needsProbe() ? Optional.of(via) : Optional.empty();
    if (!neighbour.isUsable()) {
      return new Path(new Resolution.Unresolved(Resolution.Reason.NO_ANSWER), probe);
    }
    int mtu = via.mtu() == 0 ? out.mtu() : Math.min(via.mtu(), out.mtu());
    NextHop nextHop = new NextHop(out.index(), out.mac(), neighbour.mac(), via.source(), mtu);
    return new Path(new Resolution.Resolved(nextHop), probe);
  }

  /**
   * A resolution, and what would better it.
   *
   * @param resolution what is known
   * @param probe the way to the neighbour that the kernel should be made to ask
   */
  record Path(Resolution resolution, Optional<Route.Via> probe) {
    static Path none(Resolution.Reason reason) {
      return new Path(new Resolution.Unresolved(reason), Optional.empty());
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
