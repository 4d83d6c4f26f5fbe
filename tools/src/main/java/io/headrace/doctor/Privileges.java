package io.headrace.doctor;

import io.headrace.config.Mode;
import io.headrace.registry.Service;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The capabilities of this process, taken for those that the balancer will have. */
final class Privileges implements Check {
  private static final int CAP_NET_BIND_SERVICE = 10;
  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_NET_RAW = 13;
  private static final String FIRST_FREE_PORT = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

  @Override
  public String name() {
    return "privileges";
  }

  @Override
  public List<Finding> look(Site site) {
    Map<Integer, String> needed = new LinkedHashMap<>();
    if (site.isOfFrames()) {
      needed.put(CAP_NET_RAW, "CAP_NET_RAW");
      needed.put(CAP_NET_ADMIN, "CAP_NET_ADMIN");
    }
    int free = Proc.number(FIRST_FREE_PORT);
    if (site.services().anyMatch(each -> each.mode() == Mode.PROXY && port(each) < free)) {
      needed.put(CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE");
    }
    List<String> missing = new ArrayList<>();
    needed.forEach(
        (number, name) -> {
          if (!has(number)) {
            missing.add(name);
          }
        });
    if (!missing.isEmpty()) {
      return List.of(
          Finding.problem(
              "user " + user() + " has no " + String.join(", no ", missing),
              "sudo headrace doctor ..., or as the unit does: AmbientCapabilities="
                  + String.join(" ", needed.values())));
    }
    return List.of(
        Finding.ok(
            "user "
                + user()
                + (needed.isEmpty()
                    ? "; no capability is needed"
                    : " has " + String.join(", ", needed.values()))));
  }

  private static int port(Service service) {
    return service.listen().getPort();
  }

  private static String user() {
    return System.getProperty("user.name");
  }

  static boolean hasRaw() {
    return has(CAP_NET_RAW);
  }

  static boolean hasAdmin() {
    return has(CAP_NET_ADMIN);
  }

  private static boolean has(int capability) {
    return Proc.lines("/proc/thread-self/status").stream()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
        .anyMatch(effective -> (effective >>> capability & 1) == 1);
  }
}
