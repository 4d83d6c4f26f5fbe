package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import java.util.Optional;

/** No forwarder: the client talks to the first server itself. */
final class Straight implements Forwarder {
  @Override
  public String name() {
    return "straight";
  }

  @Override
  public boolean carries(Protocol protocol) {
    return true;
  }

  @Override
  public String target(Service service) {
    return service.servers().getFirst().address();
  }

  @Override
  public int spread(Service service) {
    return 1;
  }

  @Override
  public Optional<HostProcess> start(Service service) {
    return Optional.empty();
  }
}
