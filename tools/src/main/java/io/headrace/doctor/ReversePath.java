package io.headrace.doctor;

import io.headrace.config.Mode;
import io.headrace.link.Interface;
import io.headrace.link.Route;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * The reverse-path filter (ip-sysctl, rp_filter; RFC 3704): in its strict mode the kernel drops
 * what comes in by another interface than the answer would leave by. Frames of passthrough and dsr
 * never meet it; what clients of mode proxy send does.
 */
final class ReversePath implements Check {
  private static final String CONF = "/proc/sys/net/ipv4/conf/";
  private static final int STRICT = 1;

  /** Of TEST-NET-3 (RFC 5737): on nobody's network, so its route is the default one. */
  private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("203.0.113.1");

  @Override
  public String name() {
    return "rp_filter";
  }

  @Override
  public List<Finding> look(Site site) {
    if (!(site.links().route(ELSEWHERE) instanceof Route.Via via)) {
      return List.of(Finding.ok("there is no default route that it could disagree with"));
    }
    String out = site.interfaceOf(via.interfaceIndex()).map(Interface::name).orElse("");
    List<Finding> found =
        listening(site)
            .distinct()
            .filter(each -> !each.loopback() && !each.name().equals(out))
            .filter(each -> filter(each.name()) == STRICT)
            .map(
                each ->
                    Finding.warning(
                        "rp_filter of %s is strict, and the default route leaves by %s: the kernel"
                                .formatted(each.name(), out)
                            + " drops what clients beyond its network send to mode proxy",
                        "sysctl -w net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.%s.rp_filter=2"
                            .formatted(each.name())))
            .toList();
    return found.isEmpty() ? List.of(Finding.ok("in nobody's way")) : found;
  }

  private static Stream<Interface> listening(Site site) {
    return site.services()
        .filter(service -> service.mode() == Mode.PROXY)
        .flatMap(
            service ->
                service.listen().getAddress().isAnyLocalAddress()
                    ? site.interfaces().stream().filter(Interface::up)
                    : site.holderOf(service).stream());
  }

  /** The stricter of all and one: ip-sysctl. */
  private static int filter(String name) {
    return Math.max(Proc.number(CONF + "all/rp_filter"), Proc.number(CONF + name + "/rp_filter"));
  }
}
