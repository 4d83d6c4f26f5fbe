package io.headrace.balancer;

import io.headrace.counters.Counters;
import io.headrace.forward.CheckForwarder;
import io.headrace.forward.CheckForwarder.Network;
import io.headrace.health.Detour;
import io.headrace.io.FrameIoException;
import io.headrace.link.CheckInterface;
import io.headrace.link.Interface;
import io.headrace.link.LinkException;
import io.headrace.link.LinkView;
import io.headrace.link.NextHop;
import io.headrace.link.Resolution;
import io.headrace.packet.IpAddress;
import io.headrace.passthrough.Passthrough;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.CheckPath;
import io.headrace.registry.Server;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of health checks to servers that hold their frontend's address. It is opened when the
 * first check asks for it; where the machine does not let it be, checks go to the servers' own
 * addresses, and the log says so. Any thread.
 */
final class CheckDetour implements Detour, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckDetour.class);

  /** What every network of IPv6 takes, and leaves room for any outer header elsewhere. */
  private static final int MTU = 1280;

  private final CheckForwarder forwarder = new CheckForwarder();
  private final Resources opened = new Resources();
  private final Set<Network> networks = new HashSet<>();
  private final Passthrough passthrough;
  private final List<Arm> arms;
  private final Supplier<LinkView> links;
  private final Counters counters;
  private CheckInterface between;
  private CheckPath path;
  private boolean closed;

  /**
   * @param passthrough whose traffic's way it is
   * @param arms the pipeline's
   * @param links what the machine's network looks like now
   * @param counters that say what fails
   */
  CheckDetour(
      Passthrough passthrough, List<Arm> arms, Supplier<LinkView> links, Counters counters) {
    this.passthrough = passthrough;
    this.arms = arms;
    this.links = links;
    this.counters = counters;
  }

  @Override
  public synchronized Optional<InetAddress> standIn(
      int frontend, InetAddress address, Server server) {
    if (closed) {
      return Optional.empty();
    }
    LinkView view = links.get();
    try {
      Optional<IpAddress> source = source(address, server, view);
      if (source.isPresent()) {
        open(address instanceof Inet6Address ? CheckForwarder.IPV6 : CheckForwarder.IPV4, view);
      }
      return source.map(each -> forwarder.standIn(frontend, server.id(), each).toInetAddress());
    } catch (LinkException | FrameIoException | IllegalStateException e) {
      giveUp(e);
      return Optional.empty();
    }
  }

  private void giveUp(RuntimeException reason) {
    LOG.warn(
        "servers of direct return are checked at their own addresses, not at their frontend's: {}",
        reason.getMessage());
    close();
  }

  private void open(Network network, LinkView view) {
    if (path == null) {
      between = opened.open(CheckInterface.open(MTU));
      path =
          opened.open(
              new CheckPath(
                  forwarder,
                  between,
                  arms.stream().map(Arm::name).toList(),
                  ends(view),
                  passthrough.tables(),
                  counters));
    }
    if (networks.add(network)) {
      between.add(new Interface.Address(network.own().toInetAddress(), network.prefixLength()));
    }
  }

  /** The machine's network looks otherwise. */
  synchronized void linksChanged(LinkView view) {
    if (path != null) {
      try {
        path.ends(ends(view));
      } catch (FrameIoException e) {
        giveUp(e);
      }
    }
  }

  private static Set<InetAddress> ends(LinkView view) {
    return view.interfaces().stream()
        .filter(each -> !each.loopback())
        .flatMap(each -> each.addresses().stream())
        .map(Interface.Address::address)
        .collect(Collectors.toSet());
  }

  /** What the server sees as its client: an address of the frontend's family, and of none. */
  private Optional<IpAddress> source(InetAddress frontend, Server server, LinkView view) {
    if (!(view.nextHops().get(server.address().getAddress())
        instanceof Resolution.Resolved(NextHop next))) {
      return Optional.empty();
    }
    if (next.source().getClass() == frontend.getClass()) {
      return Optional.of(IpAddress.of(next.source()));
    }
    return view.interfaces().stream()
        .filter(each -> each.index() == next.interfaceIndex())
        .flatMap(each -> each.addresses().stream())
        .map(Interface.Address::address)
        .filter(each -> each.getClass() == frontend.getClass() && !each.isLinkLocalAddress())
        .map(IpAddress::of)
        .filter(each -> !isFrontend(each))
        .findFirst();
  }

  private boolean isFrontend(IpAddress address) {
    return passthrough.tables().current().frontends().stream()
        .anyMatch(each -> each.address().equals(address));
  }

  @Override
  public synchronized void close() {
    closed = true;
    path = null;
    opened.closeAll();
  }
}
