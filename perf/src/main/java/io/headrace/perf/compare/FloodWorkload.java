package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.Host;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Small UDP frames flat out: a generator on one core, the forwarder on the other. A frame counts
 * when a server's interface has received it; there it is dropped at once, so that no server has
 * anything to say about it.
 */
final class FloodWorkload implements Workload {
  private static final Figure FRAMES =
      new Figure("frames_per_second", "frames", "thousand per second", 0, true);
  private static final Figure CPU =
      new Figure("cpu_us_per_frame", "CPU of the machine", "µs per frame", 2, false);
  private static final int PORT = 9;
  private static final int FEWEST_PER_SERVER = 1000;

  @Override
  public List<Figure> figures() {
    return List.of(FRAMES, CPU);
  }

  @Override
  public Service prepare(Testbed bed) {
    bed.servers().forEach(FloodWorkload::dropOnArrival);
    return new Service(bed, Protocol.UDP, PORT, bed.servers(), OptionalInt.of(Cores.FORWARDER));
  }

  private static void dropOnArrival(Host server) {
    Result result =
        server.run(
            "nft",
            """
            table netdev sink {
              chain arriving {
                type filter hook ingress device %s priority 0;
                udp dport %d drop
              }
            }
            """
                .formatted(server.arms().getFirst().device(), PORT));
    if (!result.ok()) {
      throw new TestbedException("nft failed: " + result.err().strip());
    }
  }

  @Override
  public Sample measure(Run run) {
    FrameGenerator.Destination destination =
        new FrameGenerator.Destination(
            Addresses.mac(holder(run)), Addresses.ipv4(run.target()), PORT);
    try (FrameGenerator generator =
        new FrameGenerator(run.client(), Addresses.ipv4(run.client().address()), destination)) {
      sleep(run.warmup(), run, generator);
      List<Long> before = received(run);
      Meter meter = new Meter();
      sleep(run.seconds(), run, generator);
      Meter.Reading reading = meter.read();
      long frames = sum(before, received(run), run.servers());
      return new Sample(
          Map.of(
              FRAMES, frames / reading.seconds() / 1e3, CPU, reading.cpu().busyMs() * 1e3 / frames),
          reading.cpu().stealShare());
    }
  }

  /** The host that has the address that frames go to. */
  private static Host holder(Run run) {
    return run.service().servers().stream()
        .filter(server -> server.address().equals(run.target()))
        .findFirst()
        .orElse(run.service().balancer());
  }

  private static List<Long> received(Run run) {
    return run.service().servers().stream().map(Addresses::received).toList();
  }

  private static long sum(List<Long> before, List<Long> after, int servers) {
    List<Long> each = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      each.add(after.get(i) - before.get(i));
    }
    if (each.stream().anyMatch(frames -> frames < FEWEST_PER_SERVER)) {
      throw new TestbedException("not every server received frames: " + each);
    }
    return each.stream().mapToLong(Long::longValue).sum();
  }

  private static void sleep(int seconds, Run run, FrameGenerator generator) {
    try {
      Thread.sleep(Duration.ofSeconds(seconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException("interrupted", e);
    }
    run.requireProgram();
    if (generator.isOver()) {
      throw new TestbedException("the generator has ended");
    }
  }
}
