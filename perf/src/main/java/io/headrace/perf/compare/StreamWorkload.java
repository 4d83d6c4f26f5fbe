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

  /** A proxy's program takes a moment until it listens. */
  private static void awaitOpen(Run run) {
    String connect = "exec 3<>/dev/tcp/%s/%d".formatted(run.target(), PORT);
    for (int i = 0; i < ATTEMPTS; i++) {
      run.requireProgram();
      if (run.client().run("bash", "-c", connect).ok()) {
        return;
      }
    }
    throw new TestbedException("nobody listens on " + run.target());
  }

  private static Received iperf(Run run, int seconds) {
    Result result =
        run.client()
            .run(
                Duration.ofSeconds(seconds).plus(MARGIN),
                "iperf3",
                "-J",
                "-c",
                run.target(),
                "-p",
                String.valueOf(PORT),
                "-t",
                String.valueOf(seconds));
    if (!result.ok()) {
      throw new TestbedException("iperf3 failed: " + error(result));
    }
    return parse(result.out());
  }

  /** With -J the reason stands in the output. */
  private static String error(Result result) {
    return (result.out() + result.err())
        .lines()
        .filter(line -> line.contains("error"))
        .map(String::strip)
        .findFirst()
        .orElse("exit status " + result.exit());
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
