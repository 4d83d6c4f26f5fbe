package io.headrace.doctor;

import io.headrace.config.Mode;
import io.headrace.link.IngressFilter;
import io.headrace.link.Interface;
import io.headrace.link.KernelGuard;
import io.headrace.link.LinkException;
import java.util.List;
import java.util.stream.Collectors;

/** What a balancer that was killed, or one of another configuration, has in the kernel. */
final class Leftovers implements Check {
  @Override
  public String name() {
    return "leftovers";
  }

  @Override
  public List<Finding> look(Site site) {
    if (site.balancer().isPresent()) {
      return List.of(
          Finding.ok("a balancer runs with this file, process " + site.balancer().get().pid()));
    }
    if (site.claim().held()) {
      return List.of(
          site.isOfFrames()
              ? Finding.problem(
                  "a balancer with another configuration has this machine's frames, and one alone"
                      + " can have them",
                  "stop it, or put both configurations into one: headrace stats tells its process")
              : Finding.ok("a balancer with another configuration runs"));
    }
    boolean guarded;
    try {
      guarded = new KernelGuard().stands();
    } catch (LinkException e) {
      return List.of(Finding.skipped("the guard is not looked for: " + e.getMessage()));
    }
    if (guarded && site.services().anyMatch(each -> each.mode() == Mode.PROXY)) {
      return List.of(
          Finding.problem(
              "the guard of a balancer that is gone still stands: where it was passthrough, it"
                  + " drops what clients of mode proxy send",
              "headrace purge"));
    }
    if (guarded || !site.claim().reserved().isEmpty()) {
      return List.of(
          Finding.warning(
              "the %s of a balancer that is gone still stand; connections that live go on with the"
                      .formatted(guarded ? "guard and the reserved ports" : "reserved ports")
                  + " next start, and until then nobody answers",
              "headrace run, to take them over; headrace purge, to give them up"));
    }
    List<Interface> filtered = IngressFilter.leftovers();
    if (!filtered.isEmpty()) {
      return List.of(
          Finding.warning(
              "a BPF program of a balancer that is gone is at the ingress of %s; it does nothing but"
                      .formatted(names(filtered))
                  + " keep memory",
              "headrace run, which removes it, or headrace purge"));
    }
    return List.of(Finding.ok("none; no balancer runs with this file"));
  }

  private static String names(List<Interface> interfaces) {
    return interfaces.stream().map(Interface::name).collect(Collectors.joining(", "));
  }
}
