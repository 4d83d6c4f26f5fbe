package io.headrace.dsr;

import io.headrace.config.Address;
import io.headrace.config.DsrConfig.Way;
import io.headrace.config.Mode;
import io.headrace.config.Protocol;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import io.headrace.registry.Snapshot;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The commands that make one machine a server of all its frontends of direct server return: for a
 * shell, as root. They may be run again, and last until the machine starts anew.
 */
public final class ServerSetup {
  private static final int GUE_PORT = 6080;

  /** Of IP and TCP, without options, which the maximum segment size does not count. */
  private static final int IPV4_HEADERS = 40;

  private static final int IPV6_HEADERS = 60;

  /** Behind the machine's own source NAT. */
  private static final int PRIORITY = 300;

  private final InetAddress machine;
  private final Balancer balancer;
  private final List<Server> servers = new ArrayList<>();
  private final List<Service> services = new ArrayList<>();

  /**
   * The balancer as a server sees it.
   *
   * @param addresses that it talks to the server from itself, in health checks
   * @param mtu the longest packet on the way from it, in bytes
   */
  public record Balancer(Set<InetAddress> addresses, int mtu) {}

  private ServerSetup(InetAddress machine, Balancer balancer) {
    this.machine = machine;
    this.balancer = balancer;
  }

  /**
   * One for each machine, in the order of the configuration.
   *
   * @param balancer as each server sees it
   */
  public static List<ServerSetup> of(Snapshot snapshot, Function<InetAddress, Balancer> balancer) {
    Map<InetAddress, ServerSetup> setups = new LinkedHashMap<>();
    for (Service service : snapshot.only(mode -> mode == Mode.DSR).services()) {
      for (Server server : service.pool().servers()) {
        InetAddress address = server.address().getAddress();
        setups
            .computeIfAbsent(address, each -> new ServerSetup(each, balancer.apply(each)))
            .add(service, server);
      }
    }
    return List.copyOf(setups.values());
  }

  private void add(Service service, Server server) {
    services.add(service);
    servers.add(server);
  }

  /** Whether a word of an operator means this machine: its address, or a name in a backend. */
  public boolean isMeant(String word) {
    return machine.getHostAddress().equals(word)
        || servers.stream()
            .anyMatch(
                server ->
                    server.name().equals(word)
                        || (server.backend() + "/" + server.name()).equals(word));
  }

  /** The commands, each frontend's behind a comment that names it. */
  public String script() {
    StringBuilder script = new StringBuilder();
    script.append(
        "# on %s (%s), as root\n"
            .formatted(
                machine.getHostAddress(),
                servers.stream()
                    .map(server -> server.backend() + "/" + server.name())
                    .distinct()
                    .collect(Collectors.joining(", "))));
    addresses(script);
    tunnels(script);
    rules(script);
    return script.toString();
  }

  private static boolean isIpv6(InetAddress address) {
    return address instanceof Inet6Address;
  }

  private static boolean isIpv6(Service service) {
    return isIpv6(service.listen().getAddress());
  }

  /**
   * The frontends' own addresses, for which nobody else may hear of this machine by ARP; for those
   * on the loopback, nothing answers by NDP.
   */
  private void addresses(StringBuilder script) {
    Set<InetAddress> held = new LinkedHashSet<>();
    services.stream()
        .filter(service -> service.dsr().way().keepsDestination())
        .forEach(service -> held.add(service.listen().getAddress()));
    if (!held.stream().allMatch(ServerSetup::isIpv6)) {
      script.append(
          "sysctl -q -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2\n");
    }
    held.forEach(
        address ->
            script.append(
                "ip address replace %s/%d dev lo\n"
                    .formatted(address.getHostAddress(), Byte.SIZE * address.getAddress().length)));
  }

  private boolean hasTunnel(boolean ipv6Inside) {
    return services.stream()
        .anyMatch(service -> service.dsr().way().isTunnel() && isIpv6(service) == ipv6Inside);
  }

  /**
   * The devices that take outer headers off: over IPv6 one for packets of both families. Their
   * packets come from clients, and the outer ones from addresses that may lead anywhere: a strict
   * reverse path filter, which IPv6 has none of, would drop both.
   */
  private void tunnels(StringBuilder script) {
    boolean ipv4Inside = hasTunnel(false);
    boolean ipv6Inside = hasTunnel(true);
    boolean ipv6 = isIpv6(machine);
    if (ipv6 && (ipv4Inside || ipv6Inside)) {
      device(script, "ip6tnl", "ip6_tunnel", " mode any");
    }
    if (!ipv6 && ipv4Inside) {
      device(script, "ipip", "ipip", "");
    }
    if (!ipv6 && ipv6Inside) {
      device(script, "sit", "sit", "");
    }
    if (ipv4Inside || ipv6Inside && !ipv6) {
      script.append(
          """
          for f in /proc/sys/net/ipv4/conf/*/rp_filter; do [ "$(cat $f)" != 1 ] || echo 2 >$f; done
          """);
    }
    if (services.stream().anyMatch(service -> service.dsr().way() == Way.GUE)) {
      script.append(
          """
          modprobe -q %1$s || true
          ip fou show | grep 'port %2$d gue' | grep -q%3$s -e -6 || ip fou add port %2$d gue%4$s
          """
              .formatted(ipv6 ? "fou6" : "fou", GUE_PORT, ipv6 ? "" : "v", ipv6 ? " -6" : ""));
    }
  }

  private void device(StringBuilder script, String type, String module, String mode) {
    script.append(
        """
        modprobe -q %2$s || true
        ip link show headrace_%1$s >/dev/null 2>&1 || ip link add name headrace_%1$s type %1$s local %3$s remote any%4$s
        ip link set headrace_%1$s up
        """
            .formatted(type, module, machine.getHostAddress(), mode));
  }

  /** What leaves for clients, in a table for each family that is replaced in one step. */
  private void rules(StringBuilder script) {
    Map<String, List<String>> rules = new TreeMap<>();
    for (int i = 0; i < services.size(); i++) {
      Service service = services.get(i);
      List<String> ofFamily = rules.computeIfAbsent(family(service), absent -> new ArrayList<>());
      if (!service.dsr().way().keepsDestination()) {
        ofFamily.add(sourceNat(service, servers.get(i)));
      } else if (service.dsr().way().isTunnel() && service.protocol() == Protocol.TCP) {
        ofFamily.add(segmentSize(service));
      }
    }
    rules.forEach(
        (family, ofFamily) -> {
          if (!ofFamily.isEmpty()) {
            script.append(table(family, ofFamily));
          }
        });
  }

  /** As nftables calls it. */
  private static String family(Service service) {
    return isIpv6(service) ? "ip6" : "ip";
  }

  /** A machine with an address of each family has a setup, and a table, for each. */
  private String table(String family, List<String> rules) {
    return """
        nft -f - <<'END'
        table %4$s %1$s
        delete table %4$s %1$s
        table %4$s %1$s {
          chain leaving {
            type filter hook postrouting priority %2$d; policy accept;
        %3$s
          }
        }
        END
        """
        .formatted(
            isIpv6(machine) ? "headrace_dsr6" : "headrace_dsr",
            PRIORITY,
            rules.stream()
                .map(rule -> rule.indent(4).stripTrailing())
                .collect(Collectors.joining("\n")),
            family);
  }

  /** The server tells clients, past the balancer, how long a segment may be. */
  private String segmentSize(Service service) {
    return """
        # frontend %s, %s, dsr = "%s": room for the outer header
        %s saddr %s tcp sport %d tcp flags & (syn | rst) == syn tcp option maxseg size set %d
        """
        .formatted(
            service.name(),
            Address.format(service.listen()),
            service.dsr().way().name().toLowerCase(Locale.ROOT),
            family(service),
            service.listen().getAddress().getHostAddress(),
            service.listen().getPort(),
            balancer.mtu()
                - service.dsr().way().overhead(isIpv6(machine))
                - (isIpv6(service) ? IPV6_HEADERS : IPV4_HEADERS));
  }

  private String sourceNat(Service service, Server server) {
    Set<InetAddress> leftOut = new LinkedHashSet<>(balancer.addresses());
    leftOut.add(service.listen().getAddress());
    return """
        # frontend %s, %s, dsr = "nat"; what the balancer itself asks is answered as it is
        %3$s saddr %4$s %5$s sport %6$d %3$s daddr != { %7$s } %3$s saddr set %8$s %5$s sport set %9$d
        """
        .formatted(
            service.name(),
            Address.format(service.listen()),
            family(service),
            machine.getHostAddress(),
            service.protocol().name().toLowerCase(Locale.ROOT),
            server.address().getPort(),
            leftOut.stream()
                .filter(each -> isIpv6(each) == isIpv6(service))
                .map(InetAddress::getHostAddress)
                .collect(Collectors.joining(", ")),
            service.listen().getAddress().getHostAddress(),
            service.listen().getPort());
  }
}
