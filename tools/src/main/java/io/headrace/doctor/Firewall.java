package io.headrace.doctor;

import io.headrace.config.Address;
import io.headrace.config.Mode;
import io.headrace.config.Protocol;
import io.headrace.doctor.Ruleset.Drop;
import io.headrace.link.Interface;
import io.headrace.link.LinkException;
import io.headrace.link.Nft;
import io.headrace.link.Route;
import io.headrace.registry.Server;
import io.headrace.registry.Service;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Rules of other programs that drop what the balancer lives on: the connections of its health
 * checks, and what clients of mode proxy send. Frames of passthrough and dsr are captured before
 * all rules but those of tc, and only the egress hook of their interface sees them on their way
 * out.
 */
final class Firewall implements Check {
  private static final String LEGACY = "/proc/thread-self/net/ip_tables_names";

  @Override
  public String name() {
    return "firewall";
  }

  @Override
  public List<Finding> look(Site site) {
    Ruleset rules;
    try {
      rules = Ruleset.parse(Nft.find().ruleset());
    } catch (LinkException e) {
      return List.of(Finding.skipped("its rules are not read: " + e.getMessage()));
    }
    // By the chain and what drops: one rule may be in the way of many.
    Map<String, Finding> found = new LinkedHashMap<>();
    site.services().forEach(service -> client(site, service, rules, found));
    site.servers().forEach(server -> server(site, server, rules, found));
    if (found.isEmpty()) {
      found.put("", Finding.ok(others(rules)));
    }
    return new ArrayList<>(found.values());
  }

  private static String others(Ruleset rules) {
    if (!Proc.lines(LEGACY).isEmpty()) {
      return "iptables-legacy has rules, which are not read: see iptables-save";
    }
    return rules.size() == 0
        ? "no rules but the balancer's"
        : "none of %s is in the way".formatted(Texts.count(rules.size(), "chain"));
  }

  private static void client(
      Site site, Service service, Ruleset rules, Map<String, Finding> found) {
    if (service.mode() != Mode.PROXY) {
      return;
    }
    InetAddress address = service.listen().getAddress();
    int port = service.listen().getPort();
    Packet packet = Packet.of(address, service.protocol()).toPort(port).state("new");
    packet = address.isAnyLocalAddress() ? packet : packet.to(address);
    Packet coming = site.holderOf(service).map(Interface::name).map(packet::in).orElse(packet);
    String what = "clients' packets to frontend " + service.name();
    String mend = service.protocol().name().toLowerCase(Locale.ROOT) + " dport " + port;
    for (String hook : List.of("prerouting", "input")) {
      rules.drop(hook, coming).ifPresent(drop -> add(drop, what, mend, found));
    }
  }

  private static void server(Site site, Server server, Ruleset rules, Map<String, Finding> found) {
    InetAddress address = server.address().getAddress();
    int port = server.address().getPort();
    if (!(site.links().route(address) instanceof Route.Via via)) {
      return;
    }
    String on = site.interfaceOf(via.interfaceIndex()).map(Interface::name).orElse("");
    String to = "%s daddr %s".formatted(family(address), Address.format(address));
    String from = "%s saddr %s".formatted(family(address), Address.format(address));
    boolean udp =
        site.services()
            .filter(each -> each.pool().name().equals(server.backend()))
            .allMatch(each -> each.protocol() == Protocol.UDP);
    Protocol protocol = udp ? Protocol.UDP : Protocol.TCP;
    Packet asking =
        Packet.of(address, protocol)
            .from(via.source())
            .to(address)
            .toPort(port)
            .out(on)
            .state("new");
    Packet answer =
        Packet.of(address, protocol)
            .from(address)
            .fromPort(port)
            .to(via.source())
            .in(on)
            .state("established");
    String checks = "the checks of server " + Site.name(server);
    for (String hook : List.of("output", "postrouting")) {
      rules.drop(hook, asking).ifPresent(drop -> add(drop, checks, to, found));
    }
    for (String hook : List.of("prerouting", "input")) {
      rules
          .drop(hook, answer)
          .ifPresent(drop -> add(drop, "the answers to " + checks, from, found));
    }
    Packet frame = Packet.of(address, protocol).to(address).toPort(port).out(on);
    rules
        .drop("egress", frame)
        .ifPresent(drop -> add(drop, "all packets to server " + Site.name(server), to, found));
  }

  private static String family(InetAddress address) {
    return address.getAddress().length == 4 ? "ip" : "ip6";
  }

  private static void add(Drop drop, String what, String match, Map<String, Finding> found) {
    String cause =
        "the firewall %s %s: chain %s, %s"
            .formatted(drop.certain() ? "drops" : "may drop", what, drop.chain(), drop.by());
    String mend = "nft insert rule %s %s accept".formatted(drop.chain(), match);
    found.putIfAbsent(
        drop.chain() + drop.by(),
        drop.certain() ? Finding.problem(cause, mend) : Finding.warning(cause, mend));
  }
}
