package io.headrace.perf;

import static org.openjdk.jmh.annotations.Mode.SingleShotTime;

import io.headrace.config.Config;
import io.headrace.config.ConfigException;
import io.headrace.config.ConfigReader;
import io.headrace.config.Mode;
import io.headrace.counters.Counters;
import io.headrace.forward.EntryNumbers;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Hop;
import io.headrace.forward.KernelOffload;
import io.headrace.forward.OffloadableFlows;
import io.headrace.link.Links;
import io.headrace.offload.FlowWriter;
import io.headrace.offload.KernelFlows;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.registry.Registry;
import io.headrace.testbed.Testbed;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A million flows of one thread, in both directions, that are given to the kernel, looked at and
 * taken back; the times are those of one flow. Needs root, for a network namespace of its own.
 */
@BenchmarkMode(SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(OffloadBenchmark.FLOWS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
@Fork(1)
public class OffloadBenchmark {
  static final int FLOWS = 1_000_000;

  private static final int FRAMES_BEFORE = 8;
  private static final int FLOWS_PER_LOOK = 64;
  private static final int FRONTEND = 0x0A00_0002;
  private static final int SERVER = 0x0A00_0100;
  private static final int CLIENTS = 0x0B00_0000;
  private static final int PORTS = 50_000;
  private static final int FIRST_PORT = 1024;
  private static final long MAC = 0x02_00_00_00_00_01L;

  /** Flows whose ends follow from their number. */
  private record NumberedFlows(int serviceId, int serverId) implements OffloadableFlows {
    @Override
    public int capacity() {
      return FLOWS;
    }

    @Override
    public boolean mayGo(int flow, ForwardingTable table) {
      return true;
    }

    @Override
    public int protocol(int flow, ForwardingTable table) {
      return Ipv4.PROTOCOL_TCP;
    }

    @Override
    public int serverId(int flow) {
      return serverId;
    }

    @Override
    public int serviceId(int flow) {
      return serviceId;
    }

    @Override
    public boolean isAnswered(int flow, ForwardingTable table) {
      return true;
    }

    @Override
    public int clientArm(int flow) {
      return 0;
    }

    @Override
    public long clientMac(int flow) {
      return MAC;
    }

    @Override
    public void seen(int flow, int protocol, long atNs) {}

    @Override
    public void rewriteToServer(int flow, ForwardingTable table, int entry, FlowWriter writer) {
      int natPort = FIRST_PORT + flow % PORTS;
      rewrite(entry, FRONTEND, natPort, SERVER + flow / PORTS, 80, writer);
    }

    @Override
    public void rewriteToClient(int flow, ForwardingTable table, int entry, FlowWriter writer) {
      rewrite(entry, FRONTEND, 80, CLIENTS + flow, FIRST_PORT, writer);
    }

    private static void rewrite(
        int entry,
        int source,
        int sourcePort,
        int destination,
        int destinationPort,
        FlowWriter writer) {
      long high = IpAddress.IPV4_HIGH;
      writer.rewrite(
          entry,
          high,
          IpAddress.ipv4Low(source),
          sourcePort,
          high,
          IpAddress.ipv4Low(destination),
          destinationPort);
    }
  }

  /** What gives flows of a box in a testbed to the kernel. */
  public abstract static class Table {
    private Testbed bed;
    private KernelFlows kernel;
    private KernelOffload offload;
    private long nowNs;

    @Setup(Level.Trial)
    public void open() throws Exception {
      bed = Testbed.oneArm(1);
      kernel = KernelFlows.load(FLOWS);
      try (ExecutorService inTheBox = Executors.newSingleThreadExecutor(bed.balancer().threads())) {
        inTheBox.submit(this::attach).get();
      }
      Registry registry = new Registry(config());
      Counters counters = Counters.inMemory();
      ForwardingTables tables = new ForwardingTables(1, new long[] {MAC}, new BitSet(), counters);
      IpAddress nat = IpAddress.ofIpv4(FRONTEND);
      tables.update(registry.snapshot(), _ -> new Hop(0, 1500, MAC, MAC, nat), Set.of(nat));
      NumberedFlows flows =
          new NumberedFlows(
              registry.snapshot().services().getFirst().id(),
              registry.snapshot().pools().getFirst().servers().getFirst().id());
      offload = new KernelOffload(0, flows, new EntryNumbers(0, FLOWS), tables, kernel, counters);
    }

    private void attach() {
      try (Links links = Links.open()) {
        kernel.attach(
            links.interfaces().stream()
                .filter(each -> each.name().equals(bed.balancer().arms().getFirst().device()))
                .map(each -> new KernelFlows.Port(each.index(), each.name(), each.mtu()))
                .toList());
      }
    }

    private static Config config() throws ConfigException {
      return ConfigReader.read(
          """
          [frontends.web]
          listen_addr = "10.0.0.2:80"
          backend = "pool"
          [backends.pool.servers.a]
          addr = "10.0.1.0:80"
          """,
          Path.of("benchmark.toml"),
          Mode.PASSTHROUGH);
    }

    @TearDown(Level.Trial)
    public void close() {
      kernel.close();
      bed.close();
    }

    final void passAll() {
      for (int flow = 0; flow < FLOWS; flow++) {
        offload.passed(flow);
      }
    }

    final void withdrawAll() {
      for (int flow = 0; flow < FLOWS; flow++) {
        offload.withdraw(flow);
      }
    }

    final void lookAtAll() {
      nowNs += TimeUnit.SECONDS.toNanos(1);
      for (int flow = 0; flow < FLOWS; flow += FLOWS_PER_LOOK) {
        offload.look(nowNs);
      }
    }
  }

  /** Begins with flows that the kernel does not have. */
  @State(Scope.Thread)
  public static class Ready extends Table {
    @Setup(Level.Invocation)
    public void passFrames() {
      for (int frame = 0; frame < FRAMES_BEFORE; frame++) {
        passAll();
      }
    }

    @TearDown(Level.Invocation)
    public void withdraw() {
      withdrawAll();
    }
  }

  /** Begins with flows that the kernel has. */
  @State(Scope.Thread)
  public static class Given extends Table {
    @Setup(Level.Invocation)
    public void give() {
      for (int frame = 0; frame <= FRAMES_BEFORE; frame++) {
        passAll();
      }
    }

    @TearDown(Level.Invocation)
    public void withdraw() {
      withdrawAll();
    }
  }

  /** The frame by which a flow is given to the kernel. */
  @Benchmark
  public void give(Ready table) {
    table.passAll();
  }

  @Benchmark
  public void takeBack(Given table) {
    table.withdrawAll();
  }

  /** Reads what the kernel has counted and seen of each, as is done every quarter of a second. */
  @Benchmark
  public void look(Given table) {
    table.lookAtAll();
  }
}
