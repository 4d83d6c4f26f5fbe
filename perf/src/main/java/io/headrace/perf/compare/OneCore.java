package io.headrace.perf.compare;

import io.headrace.testbed.TestbedException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A scenario in which everything runs on one core: client, forwarder and servers. So nothing can be
 * bought with the time of another core, and what is counted is what the whole of it costs.
 *
 * @param name for the command line
 */
record OneCore(String name, Scenario scenario) implements Scenario {
  @Override
  public String description() {
    return scenario.description() + "; on one core";
  }

  @Override
  public List<Figure> figures() {
    return scenario.figures();
  }

  @Override
  public List<String> contestants() {
    return scenario.contestants();
  }

  @Override
  public List<String> peers() {
    return scenario.peers();
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    // Programs run where the thread may run that starts them; this one has a thread of its own.
    CompletableFuture<Sample> sample = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                Cores.pin(Cores.FORWARDER);
                sample.complete(scenario.measure(contestant, timing));
              } catch (RuntimeException | Error e) {
                sample.completeExceptionally(e);
              }
            });
    try {
      return sample.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new TestbedException(e.getCause().toString(), e.getCause());
    }
  }
}
