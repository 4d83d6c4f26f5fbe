package io.headrace.perf;

import io.headrace.config.Protocol;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowFile;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowListener;
import io.headrace.conntrack.FlowReader;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.FlowView;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Tcp;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

/**
 * The command {@code perf/sizing}: what a full flow table takes in memory and in its file, what a
 * look-up costs in it, and how long it takes to fill and to be taken over by the next process.
 * Argument: how many flows.
 */
final class Sizing {
  private static final int FRONTEND = 0x0A00_0002;
  private static final IpAddress[] NAT_ADDRESSES = {IpAddress.ofIpv4(FRONTEND)};
  private static final int SERVER = 0x0AFF_0000;
  private static final int CLIENTS = 0x0B00_0000;
  private static final int CLIENT_PORT = 40_000;

  /** Three quarters of the NAT ports of a server, as not every bucket gets the same share. */
  private static final int MOST_PER_SERVER = 17_000;

  private static final int STRANGERS = 0x3000_0000;
  private static final int ROUNDS = 9;
  private static final int LOOK_UPS = 2_000_000;

  /** A prime far from any count of flows: its multiples visit them all, far apart. */
  private static final long STRIDE = 611_953;

  private static final FlowTuple TUPLE = new FlowTuple();
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Sizing() {}

  public static void main(String[] arguments) throws IOException {
    int flows = Integer.parseInt(arguments[0]);
    Path directory = Files.createTempDirectory("headrace-sizing");
    Path path = directory.resolve("flows");
    try {
      fill(path, flows);
      restore(path, flows);
    } finally {
      Files.deleteIfExists(path);
      Files.deleteIfExists(directory.resolve("flows.lock"));
      Files.delete(directory);
    }
  }

  private static void fill(Path path, int flows) throws IOException {
    long start = System.nanoTime();
    try (FlowFile file = FlowFile.open(path, flows, FlowHash.random())) {
      say("making the file", "%.1f s", seconds(start));
      long before = anonymousBytes();
      start = System.nanoTime();
      try (Conntrack table = table(file, flows)) {
        for (int i = 0; i < flows; i++) {
          establish(table, file.hash(), i, flows);
        }
        say(
            "establishing every flow",
            "%.1f s, %.2f µs each",
            seconds(start),
            seconds(start) * 1e6 / flows);
        say("memory", "%.1f bytes a flow", (double) (anonymousBytes() - before) / flows);
        lookUp("looking a flow up", CLIENTS, table, flows);
        lookUp("one that is not there", STRANGERS, table, flows);
        track("a frame of a flow", table, flows);
        try (Reading _ = new Reading(table)) {
          track("while others read all flows", table, flows);
        }
      }
    }
    say("file", "%.1f bytes a flow", (double) Files.size(path) / flows);
  }

  private static void restore(Path path, int flows) {
    long start = System.nanoTime();
    try (FlowFile file = FlowFile.open(path, flows, FlowHash.random())) {
      say("opening the file again", "%.1f s", seconds(start));
      start = System.nanoTime();
      try (Conntrack table = table(file, flows)) {
        table.recoverFrom(
            file.waiting(1).getFirst(), (flow, nowNs) -> table.restore(flow, 0, 0, 0, nowNs));
        say("until frames may come", "%.1f s", seconds(start));
        start = System.nanoTime();
        table.recover(flows, 0);
        say("taking the flows over", "%.1f s, %,d go on", seconds(start), table.size());
      }
    }
  }

  private static void lookUp(String what, int clients, Conntrack table, int flows) {
    measure(what, flows, i -> find(clients + i, table));
  }

  /** What a worker does in the table for a frame. */
  private static void track(String what, Conntrack table, int flows) {
    measure(
        what,
        flows,
        i -> {
          int flow = find(CLIENTS + i, table);
          table.track(flow, true, Tcp.ACK, 0);
          return flow;
        });
  }

  private static int find(int client, Conntrack table) {
    int tcp = Protocol.TCP.number();
    TUPLE.ipv4(tcp, client, CLIENT_PORT, FRONTEND, 80);
    return table.find(table.hash(TUPLE), TUPLE, 0);
  }

  /**
   * Each flow in an order that no cache foresees, and in time of the processor, as the machine may
   * be busy.
   */
  private static void measure(String what, int flows, IntUnaryOperator work) {
    double[] ns = new double[ROUNDS];
    int at = 0;
    int found = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < LOOK_UPS; i++) {
        at = (int) ((at + STRIDE) % flows);
        if (work.applyAsInt(at) >= 0) {
          found++;
        }
      }
      ns[round] = (double) (THREADS.getCurrentThreadCpuTime() - start) / LOOK_UPS;
    }
    Arrays.sort(ns);
    say(
        what,
        "%.0f ns at the median of %d rounds (%.0f to %.0f), %,d found",
        ns[ROUNDS / 2],
        ROUNDS,
        ns[0],
        ns[ROUNDS - 1],
        found);
  }

  /** A thread that reads all flows again and again, without a rest. */
  private static final class Reading implements AutoCloseable {
    private final Thread thread;
    private volatile boolean stopping;

    Reading(Conntrack table) {
      thread = Thread.ofPlatform().start(() -> read(new FlowReader(table)));
    }

    private void read(FlowReader reader) {
      FlowView view = new FlowView();
      for (int flow = 0; !stopping; flow = (flow + 1) % reader.end()) {
        reader.read(flow, view);
      }
    }

    @Override
    public void close() {
      stopping = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static Conntrack table(FlowFile file, int capacity) {
    BitSet ports = new BitSet();
    ports.set(10_000, 32_768);
    return new Conntrack(
        new Limits(capacity, capacity, 0),
        file.hash(),
        new NatPorts(ports),
        Timeouts.DEFAULT,
        file.store(new int[] {1}),
        FlowListener.NOBODY,
        ConntrackCounters.create(Counters.inMemory(), 0));
  }

  private static void establish(Conntrack table, FlowHash hash, int i, int flows) {
    int client = CLIENTS + i;
    int tcp = Protocol.TCP.number();
    int flow =
        table.create(
            hash.bucket(tcp, client, CLIENT_PORT),
            TUPLE.ipv4(tcp, client, CLIENT_PORT, FRONTEND, 80),
            IpAddress.ofIpv4(SERVER + i % Math.ceilDiv(flows, MOST_PER_SERVER)),
            80,
            0,
            0,
            NAT_ADDRESSES,
            0);
    if (flow < 0) {
      throw new IllegalStateException("flow %d could not be made: %d".formatted(i, flow));
    }
    table.track(flow, false, Tcp.SYN | Tcp.ACK, 0);
    table.track(flow, true, Tcp.ACK, 0);
  }

  /** What this process has in memory and in no file. */
  private static long anonymousBytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  private static double seconds(long startNs) {
    return (System.nanoTime() - startNs) / 1e9;
  }

  private static void say(String what, String format, Object... figures) {
    System.out.printf(Locale.ROOT, "%-28s %s%n", what, String.format(Locale.ROOT, format, figures));
  }
}
