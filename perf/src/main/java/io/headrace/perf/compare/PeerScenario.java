package io.headrace.perf.compare;

import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Testbed;
import java.util.List;
import java.util.Optional;

/**
 * One workload over forwarders side by side: client, balancer and two servers on one switch, made
 * anew for each run. So only one forwarder is there at any time, and none finds connections or
 * rules of the one before it.
 */
record PeerScenario(String name, String description, Workload workload, List<Forwarder> forwarders)
    implements Scenario {
  private static final int SERVERS = 2;

  @Override
  public List<Figure> figures() {
    return workload.figures();
  }

  @Override
  public List<String> contestants() {
    return forwarders.stream().map(Forwarder::name).toList();
  }

  @Override
  public List<String> peers() {
    return forwarders.stream().filter(each -> !each.isHeadrace()).map(Forwarder::name).toList();
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    Forwarder forwarder =
        forwarders.stream()
            .filter(each -> each.name().equals(contestant))
            .findFirst()
            .orElseThrow();
    try (Testbed bed = Testbed.oneArm(SERVERS)) {
      Service service = workload.prepare(bed);
      Optional<HostProcess> program = forwarder.start(service);
      Run run =
          new Run(
              service, forwarder, program, timing.warmup(forwarder.isHeadrace()), timing.seconds());
      Sample sample = workload.measure(run);
      run.requireProgram();
      return sample;
    }
  }
}
