package io.headrace.perf.compare;

import io.headrace.admin.FlowPages;
import io.headrace.config.Protocol;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Testbed;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;

/**
 * What frames notice of one who reads the flow table: round trips of a small datagram beside a
 * million connections, which are listed again and again.
 */
final class ListingScenario implements Scenario {
  private static final String NOBODY = "nobody reads";
  private static final Map<String, String> PAGES =
      Map.of("export", FlowPages.LIST, "count", FlowPages.COUNT);
  private static final Figure P999 = new Figure("p999_us", "round trip, p99.9", "µs", 0, false);
  private static final Figure P99 = new Figure("p99_us", "p99", "µs", 0, false);
  private static final Figure P50 = new Figure("p50_us", "p50", "µs", 1, false);
  private static final Figure TIME =
      new Figure("reading_seconds", "a reading", "seconds", 2, false);
  private static final int FLOWS = 1_000_000;
  private static final int PORT = 9;
  private static final int STATISTICS = 7000;

  @Override
  public String name() {
    return "listing";
  }

  @Override
  public String description() {
    return "a small datagram there and back while a million connections are read";
  }

  @Override
  public List<Figure> figures() {
    return List.of(P999, P99, P50, TIME);
  }

  @Override
  public List<String> contestants() {
    return List.of(NOBODY, "export", "count");
  }

  @Override
  public List<String> peers() {
    return List.of(NOBODY);
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    try (Testbed bed = Testbed.oneArm(1)) {
      Service service = new Service(bed, Protocol.UDP, PORT, bed.servers(), OptionalInt.empty());
      String toml =
          "[stats]\nport = %d\n".formatted(STATISTICS) + StartScenario.prepare(service, FLOWS);
      HostProcess program = HeadraceProgram.ofThisCheckout().start(service, toml);
      StartScenario.requireFlows(program, FLOWS);
      try (Echo _ = new Echo(service.servers().getFirst(), PORT, OptionalInt.empty());
          Reader reader = new Reader(service.balancer(), PAGES.get(contestant))) {
        return HostTask.start(bed.client(), () -> ping(service, reader, timing)).result();
      }
    }
  }

  private static Sample ping(Service service, Reader reader, Timing timing) {
    try (Pings pings = new Pings(service.address(), PORT)) {
      pings.awaitAnswer();
      pings.run(Duration.ofSeconds(timing.warmup(true)), Duration.ZERO);
      Meter meter = new Meter();
      Histogram times = pings.run(Duration.ofSeconds(timing.seconds()), Duration.ZERO);
      Map<Figure, Double> values = new HashMap<>();
      values.put(P50, times.getValueAtPercentile(50) / 1e3);
      values.put(P99, times.getValueAtPercentile(99) / 1e3);
      values.put(P999, times.getValueAtPercentile(99.9) / 1e3);
      if (reader.readings > 0) {
        values.put(TIME, reader.totalNs / 1e9 / reader.readings);
      }
      return new Sample(values, meter.read().cpu().stealShare());
    }
  }

  /** Reads a page of the balancer again and again, until it is closed. */
  private static final class Reader implements AutoCloseable {
    private final HostTask<Integer> task;
    private volatile boolean stopping;
    private volatile int readings;
    private volatile long totalNs;

    /**
     * @param page null to read nothing
     */
    Reader(Host balancer, String page) {
      stopping = page == null;
      task = HostTask.start(balancer, () -> read(page));
    }

    private Integer read(String page) throws IOException {
      long start = System.nanoTime();
      while (!stopping) {
        URI uri = URI.create("http://127.0.0.1:%d%s".formatted(STATISTICS, page));
        try (InputStream answer = uri.toURL().openStream()) {
          byte[] buffer = new byte[1 << 16];
          while (answer.read(buffer) >= 0 && !stopping) {}
        }
        totalNs = System.nanoTime() - start;
        readings++;
      }
      return readings;
    }

    @Override
    public void close() {
      stopping = true;
      task.result();
    }
  }
}
