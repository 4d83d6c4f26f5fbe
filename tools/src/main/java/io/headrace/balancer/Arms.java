package io.headrace.balancer;

import io.headrace.bpf.BpfProgram;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.io.FrameSource;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.io.PcapSink;
import io.headrace.io.PcapSource;
import io.headrace.link.Interface;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.offload.KernelFlows;
import io.headrace.pipeline.Arm;
import io.headrace.registry.Pool;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interfaces that a balancer works on: those that hold its frontends' addresses, and those that
 * the routes to its servers leave by. One arm when these are the same.
 */
final class Arms implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Arms.class);

  private final PassthroughConfig settings;
  private final SourceAddresses sourceAddresses;
  private final List<Server> unreached;
  private final List<Interface> interfaces = new ArrayList<>();
  private final Map<Interface, PacketSource> rings = new HashMap<>();
  private final List<Arm> arms = new ArrayList<>();
  private final Resources opened = new Resources();
  private final Beside<Offload> offload;

  private Arms(
      PassthroughConfig settings, SourceAddresses sourceAddresses, List<Server> unreached) {
    this.settings = settings;
    this.sourceAddresses = sourceAddresses;
    this.unreached = unreached;
    this.offload = opened.open(Beside.start(() -> Offload.load(settings), Offload::close));
  }

  /** Allocates what the configuration needs; frames come in from {@link #start} on. */
  static Arms allocate(Snapshot snapshot, PassthroughConfig settings) {
    try (Links links = Links.open()) {
      Arms arms =
          new Arms(
              settings, SourceAddresses.of(snapshot, settings, links), unreached(snapshot, links));
      try {
        needed(snapshot, links).forEach(arms::allocate);
      } catch (RuntimeException e) {
        arms.close();
        throw e;
      }
      return arms;
    }
  }

  private void allocate(Interface on) {
    interfaces.add(on);
    if (settings.io() != Io.PCAP) {
      rings.put(on, opened.open(PacketSource.allocate(on.name(), settings.ringSize())));
    }
  }

  /** Has frames come in; once it is known that the machine can do what the configuration asks. */
  void start() {
    unreached.forEach(Arms::warn);
    for (Interface on : interfaces) {
      arms.add(settings.io() == Io.PCAP ? pcap(on) : packet(on));
    }
  }

  private Arm packet(Interface on) {
    PacketSource source = rings.get(on);
    source.start();
    return new Arm(on.name(), on.mac(), source, opened.open(new PacketSink(on.name())));
  }

  private Arm pcap(Interface on) {
    FrameSource source = opened.open(new PcapSource(on.name(), settings.ringSize()));
    return new Arm(on.name(), on.mac(), source, opened.open(new PcapSink(on.name(), on.mtu())));
  }

  /**
   * Checks another configuration.
   *
   * @throws CommandFailure when it needs an interface that has no arm here
   */
  void requireAll(Snapshot snapshot, Links links) {
    unreached(snapshot, links).forEach(Arms::warn);
    for (Interface each : needed(snapshot, links)) {
      if (indexOf(each.index()) < 0) {
        throw new CommandFailure(
            "it needs the interface "
                + each.name()
                + ", which was not in use at the start; start headrace again");
      }
    }
  }

  private static Set<Interface> needed(Snapshot snapshot, Links links) {
    Set<Interface> needed = new LinkedHashSet<>();
    List<Interface> interfaces = links.interfaces();
    for (Service service : snapshot.services()) {
      needed.add(ListenAddresses.interfaceOf(service, interfaces));
    }
    for (Pool pool : snapshot.pools()) {
      for (Server server : pool.servers()) {
        if (links.route(server.address().getAddress()) instanceof Route.Via via) {
          interfaces.stream()
              .filter(each -> each.index() == via.interfaceIndex())
              .forEach(needed::add);
        }
      }
    }
    return needed;
  }

  private static List<Server> unreached(Snapshot snapshot, Links links) {
    return snapshot.pools().stream()
        .flatMap(pool -> pool.servers().stream())
        .filter(each -> !(links.route(each.address().getAddress()) instanceof Route.Via))
        .toList();
  }

  private static void warn(Server unreached) {
    LOG.warn(
        "server {} ({}): no route to it by an interface",
        unreached.name(),
        Address.format(unreached.address()));
  }

  /** The interfaces, in the order of the arms. */
  List<KernelFlows.Port> ports() {
    return interfaces.stream()
        .map(on -> new KernelFlows.Port(on.index(), on.name(), on.mtu()))
        .toList();
  }

  /** What may forward flows between them; not attached yet. */
  Offload offload() {
    return offload.result();
  }

  /** Has a program say which frames packet sockets capture. */
  void filter(BpfProgram program) {
    rings.values().forEach(each -> each.filter(program));
  }

  List<Arm> list() {
    return List.copyOf(arms);
  }

  /** Of their interfaces. */
  Set<String> names() {
    return interfaces.stream().map(Interface::name).collect(Collectors.toSet());
  }

  /** The index of the arm on an interface, or -1. */
  int indexOf(int interfaceIndex) {
    return interfaces.stream().map(Interface::index).toList().indexOf(interfaceIndex);
  }

  /** What the configuration names for source NAT. */
  SourceAddresses sourceAddresses() {
    return sourceAddresses;
  }

  /** The name of an arm whose interface is not there any more; its sockets see no other one. */
  Optional<String> missing(List<Interface> present) {
    Set<Integer> there = present.stream().map(Interface::index).collect(Collectors.toSet());
    return interfaces.stream()
        .filter(each -> !there.contains(each.index()))
        .map(Interface::name)
        .findFirst();
  }

  @Override
  public void close() {
    opened.closeAll();
  }
}
