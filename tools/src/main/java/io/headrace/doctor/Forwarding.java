package io.headrace.doctor;

import io.headrace.config.Source;
import java.util.List;

/** Whether the kernel routes, where servers have this machine as their router. */
final class Forwarding implements Check {
  @Override
  public String name() {
    return "ip_forward";
  }

  @Override
  public List<Finding> look(Site site) {
    boolean on = Proc.number("/proc/sys/net/ipv4/ip_forward") == 1;
    if (!on && site.frameServices().anyMatch(each -> each.source() == Source.CLIENT)) {
      return List.of(
          Finding.warning(
              "ip_forward is off: servers of source = \"client\" route through this machine, and"
                  + " whatever is no answer to a client ends here",
              "sysctl -w net.ipv4.ip_forward=1"));
    }
    return List.of(Finding.ok(on ? "on" : "off, and not needed"));
  }
}
