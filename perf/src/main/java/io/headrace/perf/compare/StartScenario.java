package io.headrace.perf.compare;

import io.headrace.config.Protocol;
import io.headrace.testbed.Host;
import io.headrace.testbed.HostProcess;
import io.headrace.testbed.Result;
import io.headrace.testbed.Testbed;
import io.headrace.testbed.TestbedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How long a start takes: from just before the java command is run until a server receives the
 * first frame, of a client that sends one every half a millisecond, with established connections in
 * the flow file. They are spread over many servers, as a server has only so many NAT ports; all of
 * these are addresses of one host.
 */
final class StartScenario implements Scenario {
  private static final Figure TIME =
      new Figure("first_frame_seconds", "first frame", "seconds after exec", 3, false);
  private static final Figure CPU =
      new Figure("cpu_seconds", "CPU of the machine", "seconds", 2, false);
  private static final Map<String, Integer> FLOWS = flows();
  private static final int DEFAULT_CAPACITY = 1_000_000;
  private static final int UDP_PORT = 9;
  private static final int TCP_PORT = 80;
  private static final int SERVERS = 100;
  private static final int FIRST_SERVER = 101;
  private static final String NETWORK = "192.0.2.";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration GAP = Duration.ofNanos(500_000);

  private static Map<String, Integer> flows() {
    Map<String, Integer> flows = new LinkedHashMap<>();
    flows.put("no flows", 0);
    flows.put("100k flows", 100_000);
    flows.put("1M flows", 1_000_000);
    return flows;
  }

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String description() {
    return "from exec to the first forwarded frame, by connections in the flow file";
  }

  @Override
  public List<Figure> figures() {
    return List.of(TIME, CPU);
  }

  @Override
  public List<String> contestants() {
    return List.copyOf(FLOWS.keySet());
  }

  @Override
  public List<String> peers() {
    return List.of();
  }

  @Override
  public Sample measure(String contestant, Timing timing) {
    try (Testbed bed = Testbed.oneArm(1)) {
      Service service =
          new Service(bed, Protocol.UDP, UDP_PORT, bed.servers(), OptionalInt.empty());
      int flows = FLOWS.get(contestant);
      return start(service, prepare(service, flows), flows);
    }
  }

  /**
   * Makes a flow file with established connections.
   *
   * @param service over UDP, beside which the connections are
   * @return the configuration of a balancer that takes it over
   */
  static String prepare(Service service, int flows) {
    giveAddresses(service.servers().getFirst());
    // The default, unless there is more to hold.
    int capacity = Math.max(DEFAULT_CAPACITY, flows + flows / 10);
    Path file = service.balancer().directory().resolve("flows");
    FlowFileFiller.fill(
        file,
        flows,
        capacity,
        new FlowFileFiller.Network(
            Addresses.ipv4(service.address()),
            TCP_PORT,
            Addresses.ipv4(NETWORK + FIRST_SERVER),
            SERVERS));
    writeBack(service.balancer(), file);
    return toml(service, capacity);
  }

  /** What the disk still has to do for the file just made is no part of the start. */
  private static void writeBack(Host host, Path file) {
    Result result = host.run("sync", file.toString());
    if (!result.ok()) {
      throw new TestbedException("cannot write the flow file: " + result.err().strip());
    }
  }

  private static void giveAddresses(Host server) {
    String lines =
        IntStream.range(0, SERVERS)
            .mapToObj(i -> "address add %s%d/24 dev eth0".formatted(NETWORK, FIRST_SERVER + i))
            .collect(Collectors.joining("\n"));
    Result result = server.run("sh", "-c", "echo '%s' | ip -batch -".formatted(lines));
    if (!result.ok()) {
      throw new TestbedException("cannot add addresses: " + result.err().strip());
    }
  }

  private static Sample start(Service service, String toml, int flows) {
    Host server = service.servers().getFirst();
    try (Echo echo = new Echo(server, UDP_PORT, OptionalInt.empty());
        Knocking _ = new Knocking(service.bed().client(), service.address())) {
      Meter meter = new Meter();
      long start = System.nanoTime();
      HostProcess program = HeadraceProgram.ofThisCheckout().launch(service, toml);
      while (echo.firstNs() == 0) {
        if (!program.isAlive() || System.nanoTime() - start > LIMIT.toNanos()) {
          throw new TestbedException("it does not start: " + program.output().strip());
        }
        LockSupport.parkNanos(GAP.toNanos());
      }
      CpuTimes cpu = meter.read().cpu();
      requireFlows(program, flows);
      return new Sample(
          Map.of(TIME, (echo.firstNs() - start) / 1e9, CPU, cpu.busyMs() / 1e3), cpu.stealShare());
    }
  }

  /** It says how many connections go on. */
  static void requireFlows(HostProcess program, int flows) {
    program.awaitOutput(" ready: ", LIMIT);
    if (flows > 0) {
      program.awaitOutput(flows + " go on; 0 do not", LIMIT);
    }
  }

  private static String toml(Service service, int capacity) {
    return """
        [passthrough]
        connection_tracker_file = "flows"
        connection_tracker_capacity = %d
        [frontends.main]
        listen_addr = "%s:%d"
        protocol = "udp"
        backend = "pool"
        [backends.pool.servers]
        %s
        [frontends.web]
        listen_addr = "%2$s:%5$d"
        backend = "web"
        [backends.web]
        health_check = { interval = 0 }
        [backends.web.servers]
        %6$s
        """
        .formatted(
            capacity,
            service.address(),
            service.port(),
            service.lines("s%d = { addr = \"%s:%d\" }"),
            TCP_PORT,
            IntStream.range(0, SERVERS)
                .mapToObj(
                    i ->
                        "w%d = { addr = \"%s%d:%d\" }"
                            .formatted(i, NETWORK, FIRST_SERVER + i, TCP_PORT))
                .collect(Collectors.joining("\n")));
  }

  /** A client that sends a datagram at every gap, until it is closed. */
  private static final class Knocking implements AutoCloseable {
    private final HostTask<Long> task;
    private volatile boolean stopping;

    Knocking(Host client, String address) {
      task = HostTask.start(client, () -> knock(address));
    }

    private Long knock(String address) {
      long sent = 0;
      try (Datagrams socket = Datagrams.to(address, UDP_PORT)) {
        while (!stopping) {
          socket.send(sent++);
          LockSupport.parkNanos(GAP.toNanos());
        }
      }
      return sent;
    }

    @Override
    public void close() {
      stopping = true;
      task.result();
    }
  }
}
