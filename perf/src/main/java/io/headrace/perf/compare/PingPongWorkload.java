package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.Testbed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;

/** A small datagram there and back, again and again; client, server and forwarder on one core. */
final class PingPongWorkload implements Workload {
  private static final Figure P50 = new Figure("p50_us", "round trip, p50", "µs", 1, false);
  private static final Figure P99 = new Figure("p99_us", "p99", "µs", 1, false);
  private static final Figure RATE =
      new Figure("round_trips_per_second", "round trips", "per second", 0, true);
  private static final int PORT = 7;
  private static final OptionalInt CORE = OptionalInt.of(Cores.FORWARDER);

  @Override
  public List<Figure> figures() {
    return List.of(P50, P99, RATE);
  }

  @Override
  public Service prepare(Testbed bed) {
    return new Service(bed, Protocol.UDP, PORT, List.of(bed.servers().getFirst()), CORE);
  }

  @Override
  public Sample measure(Run run) {
    try (Echo _ = new Echo(run.service().servers().getFirst(), PORT, CORE)) {
      return HostTask.start(run.client(), () -> ping(run)).result();
    }
  }

  private static Sample ping(Run run) {
    Cores.pin(CORE.getAsInt());
    try (Pings pings = new Pings(run.target(), PORT)) {
      pings.awaitAnswer();
      pings.run(Duration.ofSeconds(run.warmup()), Duration.ZERO);
      Meter meter = new Meter();
      Histogram times = pings.run(Duration.ofSeconds(run.seconds()), Duration.ZERO);
      Meter.Reading reading = meter.read();
      return new Sample(
          Map.of(
              P50,
              times.getValueAtPercentile(50) / 1e3,
              P99,
              times.getValueAtPercentile(99) / 1e3,
              RATE,
              times.getTotalCount() / reading.seconds()),
          reading.cpu().stealShare());
    }
  }
}
