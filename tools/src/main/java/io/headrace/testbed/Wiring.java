package io.headrace.testbed;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Builds hosts and the switch between them. The switch is a namespace with a bridge for each
 * network; a veth pair is made with both ends in their namespaces at once, so none ever shows up on
 * the machine.
 */
final class Wiring {
  private Wiring() {}

  static void build(Path scratch, String switchNamespace, List<Host> hosts) {
    List<String> pairs = new ArrayList<>(List.of("netns add " + switchNamespace));
    List<String> ports = new ArrayList<>();
    for (Host host : hosts) {
      pairs.add("netns add " + host.namespace());
      for (Arm arm : host.arms()) {
        String port = "%s-%s".formatted(host.name(), arm.device());
        pairs.add(
            "link add name %s netns %s type veth peer name %s netns %s"
                .formatted(port, switchNamespace, arm.device(), host.namespace()));
        ports.add("link set dev %s master %s up".formatted(port, arm.bridge()));
      }
    }
    Namespaces.batch(scratch, List.of(), pairs);

    List<String> bridges = new ArrayList<>();
    for (String bridge : bridges(hosts)) {
      bridges.add("link add name %s type bridge stp_state 0 mcast_snooping 0".formatted(bridge));
      bridges.add("link set dev %s up".formatted(bridge));
    }
    bridges.addAll(ports);
    Namespaces.batch(scratch, List.of("-netns", switchNamespace), bridges);
    hosts.forEach(
        host -> Namespaces.batch(scratch, List.of("-netns", host.namespace()), addresses(host)));
    leaveFramesToTheBridge(scratch, switchNamespace);
  }

  private static Set<String> bridges(List<Host> hosts) {
    Set<String> names = new LinkedHashSet<>();
    hosts.forEach(host -> host.arms().forEach(arm -> names.add(arm.bridge())));
    return names;
  }

  private static List<String> addresses(Host host) {
    List<String> lines = new ArrayList<>(List.of("link set dev lo up"));
    for (Arm arm : host.arms()) {
      lines.add("address add %s/24 dev %s".formatted(arm.address(), arm.device()));
      // Nobody else has it: it may be used at once, without asking around.
      if (Arm.hasIpv6()) {
        lines.add("address add %s/64 dev %s nodad".formatted(arm.ipv6(), arm.device()));
      }
      lines.add("link set dev %s up".formatted(arm.device()));
    }
    return lines;
  }

  /**
   * Where the module br_netfilter is loaded, bridged frames would visit the IP firewall on their
   * way.
   */
  private static void leaveFramesToTheBridge(Path scratch, String switchNamespace) {
    String script =
        "for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e \"$f\" ] || echo 0 > \"$f\"; done";
    Command.run(
        scratch,
        Duration.ofSeconds(10),
        List.of("ip", "netns", "exec", switchNamespace, "sh", "-c", script));
  }
}
