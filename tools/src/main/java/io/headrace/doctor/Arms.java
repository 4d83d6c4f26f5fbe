package io.headrace.doctor;

import io.headrace.link.Offloads;
import java.util.ArrayList;
import java.util.List;

/** The interfaces that frames come in and go out by. */
final class Arms implements Check {
  @Override
  public String name() {
    return "interfaces";
  }

  @Override
  public List<Finding> look(Site site) {
    List<Finding> found = new ArrayList<>();
    List<String> good = new ArrayList<>();
    site.arms()
        .forEach(
            (each, purpose) -> {
              if (!each.up()) {
                found.add(
                    Finding.problem(
                        each.name() + ", the interface of " + purpose + ", is down or has no link",
                        "ip link set dev "
                            + each.name()
                            + " up   (where it is up: look at the other end)"));
              } else if (each.mac() == 0) {
                found.add(
                    Finding.problem(
                        each.name() + ", the interface of " + purpose + ", is no Ethernet link",
                        "use mode = \"proxy\", or an address on an Ethernet interface"));
              } else if (Offloads.isReceiveMerged(each.name())) {
                found.add(
                    Finding.warning(
                        each.name()
                            + " merges frames in hardware (LRO): what is merged cannot be sent on"
                            + " as it came",
                        "ethtool -K " + each.name() + " lro off"));
              } else {
                good.add(each.name() + " up, MTU " + each.mtu());
              }
            });
    if (found.isEmpty()) {
      found.add(
          Finding.ok(
              good.isEmpty() ? "any will do" : String.join("; ", good) + "; offloads may stay on"));
    }
    return found;
  }
}
