package io.headrace.link;

import io.headrace.link.GuardState.Endpoint;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps the box's own network stack away from the frames that the balancer handles; it would answer
 * them with RST. The frames are dropped at netdev ingress, which lies behind the taps that capture
 * reads from and before everything else. What is dropped is exactly what {@link GuardState} names:
 * the box stays a normal host, and may itself connect to the servers.
 *
 * <p>The rules are nftables tables of the family netdev, named {@code headrace_} and a number. A
 * new state is a new table, and the old one goes in the same transaction. So there is no moment in
 * which a frame could pass, whatever is found: rules of a balancer that was killed, rules that are
 * running out, rules on an interface that went and came back.
 *
 * <p>Sets of IPv4 and of IPv6 are apart, as an element of a set has one type. Of IPv6, nftables
 * looks behind extension headers for the ports.
 *
 * <p>A frame with a VLAN tag is matched by what it carries. A fragment after the first has no ports
 * (its data must not be taken for them) and is left alone: the kernel waits a while for a first
 * fragment that never passes, and forgets it without a word. The rules count what they drop ({@code
 * nft list ruleset}).
 *
 * <p>Works in the network namespace of the thread that calls. Not thread-safe. Every method throws
 * {@link LinkException} when nft is missing or refuses; the rules are then those of before.
 */
public final class KernelGuard {
  private static final Pattern OUR_TABLE = Pattern.compile("headrace_(\\d{1,9})");
  private static final int PRIORITY = -500;

  private final Nft nft;

  public KernelGuard() {
    this(Nft.find());
  }

  KernelGuard(Nft nft) {
    this.nft = nft;
  }

  /**
   * Puts a state into force, in place of whatever stands. To be called before anything new goes
   * live, and again when an interface came back. An interface that does not exist now is left out.
   */
  public void apply(GuardState state) {
    replace(state, "");
  }

  /**
   * Lets a state run out by itself: for an orderly stop while flows live. Until then it holds as
   * after {@link #apply}.
   *
   * @param grace from now on, at least a second
   */
  public void release(GuardState state, Duration grace) {
    replace(state, "timeout " + Math.max(1, grace.toSeconds()) + "s;");
  }

  /** Whether rules of ours are there: another program may have flushed them (nft flush ruleset). */
  public boolean stands() {
    return !tables().isEmpty();
  }

  /** Takes down all rules at once. */
  public void purge() {
    Set<Integer> ours = tables();
    if (!ours.isEmpty()) {
      nft.run(deletions(ours));
    }
  }

  private void replace(GuardState state, String timeout) {
    Set<Integer> old = tables();
    int number = old.stream().max(Integer::compare).map(n -> n + 1).orElse(0);
    nft.run(render(number, state, existing(state.interfaces()), timeout) + deletions(old));
  }

  private static String deletions(Set<Integer> numbers) {
    return numbers.stream()
        .map(number -> "delete table netdev headrace_" + number + "\n")
        .collect(Collectors.joining());
  }

  private static Set<Integer> tables() {
    return NftTables.ofNetdev().stream()
        .map(OUR_TABLE::matcher)
        .filter(Matcher::matches)
        .map(found -> Integer.valueOf(found.group(1)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static String render(
      int number, GuardState state, Collection<String> interfaces, String timeout) {
    String hook =
        interfaces.isEmpty()
            ? ""
            : "type filter hook ingress devices = { %s } priority %d; policy accept;"
                .formatted(quoted(interfaces), PRIORITY);
    return """
        table netdev headrace_%d {
          set frontends {
            typeof ip protocol . ip daddr . th dport
            flags timeout; %s
            %s
          }
          set servers {
            typeof ip protocol . ip saddr . th sport . ip daddr
            flags timeout; %s
            %s
          }
          set frontends6 {
            typeof meta l4proto . ip6 daddr . th dport
            flags timeout; %s
            %s
          }
          set servers6 {
            typeof meta l4proto . ip6 saddr . th sport . ip6 daddr
            flags timeout; %s
            %s
          }
          set returning {
            typeof ip protocol . ip saddr . th sport
            flags timeout; %s
            %s
          }
          set own {
            typeof ip daddr
            %s
          }
          set returning6 {
            typeof meta l4proto . ip6 saddr . th sport
            flags timeout; %s
            %s
          }
          set own6 {
            typeof ip6 daddr
            %s
          }
          set nat_ports {
            typeof th dport
            flags interval
            %s
          }
          chain ingress {
            %s
            ip frag-off & 0x1fff != 0 return
            ip protocol . ip daddr . th dport @frontends counter drop
            ip protocol . ip saddr . th sport . ip daddr @servers th dport @nat_ports counter drop
            ip protocol . ip saddr . th sport @returning ip daddr != @own counter drop
            frag frag-off != 0 return
            meta l4proto . ip6 daddr . th dport @frontends6 counter drop
            meta l4proto . ip6 saddr . th sport . ip6 daddr @servers6 th dport @nat_ports counter drop
            meta l4proto . ip6 saddr . th sport @returning6 ip6 daddr != @own6 counter drop
          }
        }
        """
        .formatted(
            number,
            timeout,
            endpoints(state.frontends(), Inet4Address.class),
            timeout,
            servers(state, Inet4Address.class),
            timeout,
            endpoints(state.frontends(), Inet6Address.class),
            timeout,
            servers(state, Inet6Address.class),
            timeout,
            endpoints(state.returning(), Inet4Address.class),
            own(state, Inet4Address.class),
            timeout,
            endpoints(state.returning(), Inet6Address.class),
            own(state, Inet6Address.class),
            elements(state.natPorts().ranges().stream()),
            hook);
  }

  private static String own(GuardState state, Class<? extends InetAddress> family) {
    return elements(
        state.natAddresses().stream().filter(family::isInstance).map(KernelGuard::text));
  }

  private static String endpoints(Set<Endpoint> all, Class<? extends InetAddress> family) {
    return elements(
        all.stream().filter(each -> family.isInstance(each.address())).map(KernelGuard::text));
  }

  private static String servers(GuardState state, Class<? extends InetAddress> family) {
    List<String> natAddresses =
        state.natAddresses().stream().filter(family::isInstance).map(KernelGuard::text).toList();
    return elements(
        state.servers().stream()
            .filter(each -> family.isInstance(each.address()))
            .flatMap(each -> natAddresses.stream().map(nat -> text(each) + " . " + nat)));
  }

  /** The grammar of nft has no empty list. */
  private static String elements(Stream<String> elements) {
    String list = elements.collect(Collectors.joining(", "));
    return list.isEmpty() ? "" : "elements = { " + list + " }";
  }

  private static String text(Endpoint endpoint) {
    return endpoint.protocol() + " . " + text(endpoint.address()) + " . " + endpoint.port();
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }

  private static String quoted(Collection<String> names) {
    return names.stream().collect(Collectors.joining("\", \"", "\"", "\""));
  }

  private static List<String> existing(Set<String> names) {
    try (Links links = Links.open()) {
      return links.interfaces().stream().map(Interface::name).filter(names::contains).toList();
    }
  }
}
