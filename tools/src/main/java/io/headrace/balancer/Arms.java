package io.headrace.balancer;

import io.headrace.bpf.BpfProgram;
import io.headrace.cli.CommandFailure;
import io.headrace.config.Address;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.Io;
import io.headrace.io.FrameSink;
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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interfaces that a balancer works on: those that hold its frontends' addresses, and those that
 * the routes to its servers leave by. One arm when these are the same.
 */
final class Arms implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Arms.class);

  private final List<Arm> arms = new ArrayList<>();
  private final List<KernelFlows.Port> ports = new ArrayList<>();
  private final Map<Integer, Integer> byInterface = new LinkedHashMap<>();
  private final SourceAddresses sourceAddresses;

  private Arms(SourceAddresses sourceAddresses) {
    this.sourceAddresses = sourceAddresses;
  }

  /** Opens what the configuration needs. */
  static Arms open(Snapshot snapshot, PassthroughConfig settings, Links links) {
    Arms arms = new Arms(SourceAddresses.of(snapshot, settings, links));
    try {
      needed(snapshot, links).forEach(each -> arms.open(each, settings));
    } catch (RuntimeException e) {
      arms.close();
      throw e;
    }
    return arms;
  }

  /**
   * Checks another configuration.
   *
   * @throws CommandFailure when it needs an interface that has no arm here
   */
  void requireAll(Snapshot snapshot, Links links) {
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
        } else {
          LOG.warn(
              "server {} ({}): no route to it by an interface",
              server.name(),
              Address.format(server.address()));
        }
      }
    }
    return needed;
  }

  private void open(Interface on, PassthroughConfig settings) {
    FrameSource source;
    FrameSink sink;
    if (settings.io() == Io.PCAP) {
      source = new PcapSource(on.name(), settings.ringSize());
      sink = openSink(source, () -> new PcapSink(on.name(), on.mtu()));
    } else {
      source = new PacketSource(on.name(), settings.ringSize());
      sink = openSink(source, () -> new PacketSink(on.name()));
    }
    byInterface.put(on.index(), arms.size());
    ports.add(new KernelFlows.Port(on.index(), on.name(), on.mtu()));
    arms.add(new Arm(on.name(), on.mac(), source, sink));
  }

  private static FrameSink openSink(FrameSource source, Supplier<FrameSink> opener) {
    try {
      return opener.get();
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** The interfaces, in the order of the arms. */
  List<KernelFlows.Port> ports() {
    return List.copyOf(ports);
  }

  /** Has a program say which frames packet sockets capture. */
  void filter(BpfProgram program) {
    for (Arm arm : arms) {
      if (arm.source() instanceof PacketSource source) {
        source.filter(program);
      }
    }
  }

  List<Arm> list() {
    return List.copyOf(arms);
  }

  /** Of their interfaces. */
  Set<String> names() {
    return arms.stream().map(Arm::name).collect(Collectors.toSet());
  }

  /** The index of the arm on an interface, or -1. */
  int indexOf(int interfaceIndex) {
    return byInterface.getOrDefault(interfaceIndex, -1);
  }

  /** What the configuration names for source NAT. */
  SourceAddresses sourceAddresses() {
    return sourceAddresses;
  }

  /** The name of an arm whose interface is not there any more; its sockets see no other one. */
  Optional<String> missing(List<Interface> interfaces) {
    Set<Integer> there = interfaces.stream().map(Interface::index).collect(Collectors.toSet());
    return byInterface.entrySet().stream()
        .filter(each -> !there.contains(each.getKey()))
        .map(each -> arms.get(each.getValue()).name())
        .findFirst();
  }

  @Override
  public void close() {
    for (Arm arm : arms) {
      arm.source().close();
      arm.sink().close();
    }
  }
}
