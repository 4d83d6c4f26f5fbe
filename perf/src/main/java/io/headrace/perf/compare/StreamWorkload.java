package io.headrace.perf.compare;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headrace.config.Protocol;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One TCP connection that carries as much as it can: iperf3, with the offloads that veth pairs have
 * by default. One server, as iperf3 has a second connection that must reach the same.
 */
final class StreamWorkload implements Workload {
  private static final Figure RATE = new Figure("gbit_per_second", "stream", "Gbit/s", 2, true);
  private static final Figure CPU =
      new Figure("cpu_ms_per_gb", "CPU of the machine", "ms per GB", 0, false);
  private static final int PORT = 5201;
  private static final Duration START_LIMIT = Duration.ofSeconds(10);
  private static final Duration MARGIN = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 50;
  private static final JsonFactory JSON = new JsonFactory();

  /** What the server has received. */
  record Received(double bytes, double bitsPerSecond) {}

  @Override
  public List<Figure> figures() {
    return List.of(RATE, CPU);
  }

  @Override
  public Service prepare(Testbed bed) {
    HostProcess server =
        bed.servers().getFirst().start("iperf3", "-s", "--forceflush", "-p", String.valueOf(PORT));
    server.awaitOutput("Server listening", START_LIMIT);
    return new Service(
        bed, Protocol.TCP, PORT, List.of(bed.servers().getFirst()), OptionalInt.empty());
  }

  @Override
  public Sample measure(Run run) {
    awaitOpen(run);
    if (run.warmup() > 0) {
      iperf(run, run.warmup());
    }
    Meter meter = new Meter();
    Received received = iperf(run, run.seconds());
    CpuTimes cpu = meter.read().cpu();
    return new Sample(
        Map.of(RATE, received.bitsPerSecond() / 1e9, CPU, cpu.busyMs() * 1e9 / received.bytes()),
        cpu.stealShare());
  }

  /**
   * A proxy's program takes a moment until it listens. Whoever just connected to find that out
   * would be a client to iperf3's server, which has one at a time and turns the next away.
   */
  private static void awaitOpen(Run run) {
    for (int i = 0; i < ATTEMPTS; i++) {
      run.requireProgram();
      if (problem(iperf(run, START_LIMIT, "-n", "1")).isEmpty()) {
        return;
      }
    }
    throw new TestbedException("nobody listens on " + run.target());
  }

  private static Received iperf(Run run, int seconds) {
    Result result =
        iperf(run, Duration.ofSeconds(seconds).plus(MARGIN), "-t", String.valueOf(seconds));
    problem(result)
        .ifPresent(
            why -> {
              throw new TestbedException("iperf3 failed: " + why);
            });
    return parse(result.out());
  }

  private static Result iperf(Run run, Duration limit, String option, String value) {
    String port = String.valueOf(PORT);
    return run.client().run(limit, "iperf3", "-J", "-c", run.target(), "-p", port, option, value);
  }

  /** With -J it stands in the output, and the exit status may be 0. */
  private static Optional<String> problem(Result result) {
    Optional<String> said =
        (result.out() + result.err())
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("\"error\"") || line.startsWith("iperf3: error"))
            .findFirst();
    return said.isPresent() || result.ok() ? said : Optional.of("exit status " + result.exit());
  }

  /** Reads {@code end.sum_received}. */
  static Received parse(String output) {
    double bytes = 0;
    double rate = 0;
    try (JsonParser json = JSON.createParser(output)) {
      while (json.nextToken() != null) {
        String path = json.getParsingContext().pathAsPointer().toString();
        if (json.currentToken() == JsonToken.FIELD_NAME) {
          continue;
        }
        switch (path) {
          case "/end/sum_received/bytes" -> bytes = json.getDoubleValue();
          case "/end/sum_received/bits_per_second" -> rate = json.getDoubleValue();
          default -> {}
        }
      }
    } catch (IOException e) {
      throw new TestbedException("cannot read what iperf3 says: " + e.getMessage(), e);
    }
    if (bytes <= 0 || rate <= 0) {
      throw new TestbedException("iperf3 says that nothing arrived");
    }
    return new Received(bytes, rate);
  }
}
