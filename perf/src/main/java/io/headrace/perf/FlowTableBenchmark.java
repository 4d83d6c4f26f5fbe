package io.headrace.perf;

import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowListener;
import io.headrace.conntrack.FlowStore;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One worker's flow table, with its durable copy or without: looking flows up one at a time in an
 * order that no cache foresees, and connections that begin and end.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowTableBenchmark {
  private static final int TCP = 6;
  private static final int FRONTEND = 0x0A00_0002;
  private static final IpAddress[] NAT_ADDRESSES = {IpAddress.ofIpv4(FRONTEND)};

  /** With more, a server's NAT ports would become few. */
  private static final int MOST_PER_SERVER = 25_000;

  private static final int SERVER = 0x0A00_0100;
  private static final int CLIENTS = 0x0B00_0000;
  private static final int STRANGERS = 0x0C00_0000;

  /** A prime far from any count of flows: its multiples visit them all, far apart. */
  private static final long STRIDE = 611_953;

  /** Flows in the table. */
  @Param({"100000", "1000000"})
  int flows;

  /** Where they outlive the process: "none" or "file". */
  @Param("none")
  String store;

  private final FlowHash hash = FlowHash.random();
  private final FlowTuple tuple = new FlowTuple();
  private Path directory;
  private FlowFile file;
  private Conntrack table;
  private int servers;
  private IpAddress[] addresses;
  private int at;

  /** Establishes every flow. */
  @Setup(Level.Trial)
  public void open() throws IOException {
    directory = Files.createTempDirectory("headrace-benchmark");
    FlowStore flowStore = FlowStore.NONE;
    if (store.equals("file")) {
      file = FlowFile.open(directory.resolve("flows"), 2 * flows, hash);
      flowStore = file.store(new int[1]);
    }
    servers = Math.ceilDiv(flows, MOST_PER_SERVER);
    addresses =
        IntStream.range(0, servers)
            .mapToObj(server -> IpAddress.ofIpv4(SERVER + server))
            .toArray(IpAddress[]::new);
    BitSet ports = new BitSet();
    ports.set(1024, 65536);
    table =
        new Conntrack(
            Limits.of(2 * flows),
            hash,
            new NatPorts(ports),
            Timeouts.DEFAULT,
            flowStore,
            FlowListener.NOBODY,
            ConntrackCounters.create(Counters.inMemory(), 0));
    for (int i = 0; i < flows; i++) {
      establish(CLIENTS + i);
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    table.close();
    if (file != null) {
      file.close();
      Files.delete(directory.resolve("flows"));
      Files.delete(directory.resolve("flows.lock"));
    }
    Files.delete(directory);
  }

  @Benchmark
  public int hit() {
    at = (int) ((at + STRIDE) % flows);
    return find(CLIENTS + at);
  }

  @Benchmark
  public int miss() {
    at = (int) ((at + STRIDE) % flows);
    return find(STRANGERS + at);
  }

  /** A connection from SYN to RST: port search, insert, three state changes, removal. */
  @Benchmark
  public void connection() {
    at = (int) ((at + STRIDE) % flows);
    int flow = establish(STRANGERS + at);
    table.track(flow, true, Tcp.RST, 0);
    table.remove(flow);
  }

  private int find(int client) {
    tuple.ipv4(TCP, client, 40_000, FRONTEND, 80);
    return table.find(table.hash(tuple), tuple, 0);
  }

  private int establish(int client) {
    int flow =
        table.create(
            hash.bucket(TCP, client, 40_000),
            tuple.ipv4(TCP, client, 40_000, FRONTEND, 80),
            addresses[client % servers],
            80,
            0,
            0,
            NAT_ADDRESSES,
            0);
    table.track(flow, true, Tcp.SYN, 0);
    table.track(flow, false, Tcp.SYN | Tcp.ACK, 0);
    table.track(flow, true, Tcp.ACK, 0);
    return flow;
  }
}
