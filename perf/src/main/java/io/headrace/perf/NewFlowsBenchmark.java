package io.headrace.perf;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * New connections that one thread takes in a second, with their durable copy, without it, and in a
 * table of Java's own collections. For each the oldest ends, so that there are as many all the
 * time, and what ends is in no cache.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(5)
@Warmup(iterations = 20, time = 1)
@Measurement(iterations = 10, time = 1)
public class NewFlowsBenchmark {
  private static final int CLIENTS = 0x0B00_0000;
  private static final int CLIENT_BITS = 0x00FF_FFFF;

  /** Odd, so that its multiples are different clients, each far from the one before. */
  private static final int STRIDE = 0x9E3779B1;

  /** "plain" is Java's own, "memory" and "file" are the worker's, without a file and with it. */
  @Param({"plain", "memory", "file"})
  String table;

  /** Connections at any time. */
  @Param("100000")
  int flows;

  private Connections connections;
  private int next;

  /** Establishes them. */
  @Setup(Level.Trial)
  public void open() {
    connections =
        table.equals("plain")
            ? new PlainTable(flows)
            : new WorkerTable(flows, table.equals("file"));
    while (next < flows) {
      connections.begin(client(next++));
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    int left = connections.size();
    connections.close();
    if (left != flows) {
      throw new IllegalStateException("there are %d connections left".formatted(left));
    }
  }

  /** One begins, from SYN to ACK, and the oldest is reset. */
  @Benchmark
  public void connection() {
    connections.begin(client(next));
    connections.end(client(next - flows));
    next++;
  }

  private static int client(int number) {
    return CLIENTS | number * STRIDE & CLIENT_BITS;
  }
}
