package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;

/**
 * What an idle balancer costs, and what the first frame after a silence pays for it. After 100 ms
 * of silence client and server sleep too: what the straight path pays is theirs.
 */
final class IdleScenario implements Scenario {
  private static final String STRAIGHT = "straight";
  private static final Figure FIRST =
      new Figure("first_p50_us", "round trip", "first, µs at p50", 1, false);
  private static final Figure BUSY =
      new Figure("busy_p50_us", "round trip", "busy, µs at p50", 1, false);
  private static final Figure LATER = new Figure("first_later_us", "first later", "µs", 1, false);
  private static final Figure CPU =
      new Figure("idle_core_percent", "idle CPU", "% of a core", 1, false);
  private static final int PORT = 7;
  private static final Duration SILENCE = Duration.ofMillis(100);

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String description() {
    return "what idle strategies cost, and the first frame after 100 ms of silence";
  }

  @Override
  public List<Figure> figures() {
    return List.of(FIRST, BUSY, LATER, CPU);
  }

  @Override
  public List<String> contestants() {
    return List.of(STRAIGHT, "backoff", "yield", "spin");
  }

  @Override
  public List<String> peers() {
    return List.of(STRAIGHT);
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    Forwarder forwarder =
        contestant.equals(STRAIGHT)
            ? new Straight()
            : new Headrace("packet", "shared", contestant, "off");
    try (Testbed bed = Testbed.oneArm(1)) {
      Service service = new Service(bed, Protocol.UDP, PORT, bed.servers(), OptionalInt.empty());
      Optional<HostProcess> program = forwarder.start(service);
      Run run =
          new Run(
              service, forwarder, program, timing.warmup(forwarder.isHeadrace()), timing.seconds());
      Sample sample = measure(run);
      run.requireProgram();
      return sample;
    }
  }

  private static Sample measure(Run run) {
    try (Echo _ = new Echo(run.service().servers().getFirst(), PORT, OptionalInt.empty())) {
      return HostTask.start(run.client(), () -> ping(run)).result();
    }
  }

  private static Sample ping(Run run) throws InterruptedException {
    Duration time = Duration.ofSeconds(run.seconds());
    Map<Figure, Double> values = new HashMap<>();
    try (Pings pings = new Pings(run.target(), PORT)) {
      pings.awaitAnswer();
      pings.run(Duration.ofSeconds(run.warmup()), Duration.ZERO);
      Meter meter = new Meter();
      double busy = p50(pings.run(time, Duration.ZERO));
      double first = p50(pings.run(time, SILENCE));
      values.putAll(Map.of(BUSY, busy, FIRST, first, LATER, first - busy));
      if (run.program().isPresent()) {
        values.put(CPU, idlePercent(run.program().get().pid(), time));
      }
      return new Sample(values, meter.read().cpu().stealShare());
    }
  }

  private static double p50(Histogram times) {
    return times.getValueAtPercentile(50) / 1e3;
  }

  private static double idlePercent(long pid, Duration time) throws InterruptedException {
    Thread.sleep(SILENCE);
    Duration before = cpu(pid);
    long start = System.nanoTime();
    Thread.sleep(time);
    double wall = System.nanoTime() - start;
    return 100.0 * cpu(pid).minus(before).toNanos() / wall;
  }

  private static Duration cpu(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow(() -> new TestbedException("the balancer is gone"));
  }
}
