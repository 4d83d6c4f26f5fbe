package io.headrace.cli;

import io.headrace.config.Config;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.dsr.ServerSetup;
import io.headrace.dsr.ServerSetup.Balancer;
import io.headrace.link.Links;
import io.headrace.link.Route;
import io.headrace.registry.Registry;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headrace dsr-setup}: what the servers of direct return need. */
@Command(
    name = "dsr-setup",
    description = {
      "Print the commands that each server of mode dsr needs, filled in from the configuration.",
      "To be run on the balancer, whose own address the servers' rules leave out:",
      "  headrace dsr-setup --server one | ssh root@one sh"
    },
    mixinStandardHelpOptions = true)
final class DsrSetupCommand implements Callable<Integer> {
  private static final int ETHERNET_MTU = 1500;

  @Mixin private ConfigFile configuration;

  @Mixin private ModeOptions mode;

  @Option(
      names = "--server",
      paramLabel = "NAME|ADDRESS",
      description = "Only what this server needs. Default: all")
  private Optional<String> server;

  @Option(
      names = "--balancer",
      paramLabel = "ADDRESS",
      description = {
        "What the balancer itself talks to servers from, in its health checks. May be repeated.",
        "Default: as this machine would."
      })
  private List<InetAddress> balancer = List.of();

  @Override
  public Integer call() throws Exception {
    Path file = configuration.path();
    Config config = ConfigReader.read(file, mode.chosen());
    if (!config.has(each -> each == Mode.DSR)) {
      throw new CommandFailure(
          "no frontend of %s has mode = \"dsr\"; without a mode of its own it has with --dsr"
              .formatted(file));
    }
    List<ServerSetup> all = setups(config);
    List<ServerSetup> wanted =
        all.stream().filter(each -> server.isEmpty() || each.isMeant(server.get())).toList();
    if (wanted.isEmpty()) {
      throw new CommandFailure(
          "no frontend of mode dsr has a server %s".formatted(server.orElseThrow()));
    }
    System.out.print(wanted.stream().map(ServerSetup::script).collect(Collectors.joining("\n")));
    return 0;
  }

  private List<ServerSetup> setups(Config config) {
    try (Links links = Links.open()) {
      if (balancer.isEmpty()) {
        sayWhereThisIsNoBalancer(config, links);
      }
      return ServerSetup.of(new Registry(config).snapshot(), address -> balancer(links, address));
    }
  }

  private static void sayWhereThisIsNoBalancer(Config config, Links links) {
    config.frontends().values().stream()
        .filter(each -> each.mode() == Mode.DSR)
        .map(each -> each.listen().getAddress())
        .distinct()
        .filter(address -> links.interfaceHolding(address).isEmpty())
        .forEach(
            address ->
                System.err.printf(
                    "headrace: this machine does not hold %s: where the balancer is another, name"
                        + " the address that its health checks come from with --balancer%n",
                    address.getHostAddress()));
  }

  private Balancer balancer(Links links, InetAddress server) {
    Set<InetAddress> addresses = new LinkedHashSet<>(balancer);
    int mtu = ETHERNET_MTU;
    if (links.route(server) instanceof Route.Via via) {
      if (balancer.isEmpty()) {
        addresses.add(via.source());
      }
      mtu =
          links.interfaces().stream()
              .filter(each -> each.index() == via.interfaceIndex())
              .mapToInt(each -> via.mtu() == 0 ? each.mtu() : Math.min(via.mtu(), each.mtu()))
              .findFirst()
              .orElse(mtu);
    }
    return new Balancer(addresses, mtu);
  }
}
