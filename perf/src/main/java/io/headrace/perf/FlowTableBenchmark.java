package io.headrace.perf;

import java.util.concurrent.TimeUnit;
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

/** One worker's flow table: looking flows up one at a time in an order that no cache foresees. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowTableBenchmark {
  private static final int CLIENTS = 0x0B00_0000;
  private static final int STRANGERS = 0x0C00_0000;

  /** A prime far from any count of flows: its multiples visit them all, far apart. */
  private static final long STRIDE = 611_953;

  /** Flows in the table. */
  @Param({"100000", "1000000"})
  int flows;

  private WorkerTable table;
  private int at;

  /** Establishes every flow. */
  @Setup(Level.Trial)
  public void open() {
    table = new WorkerTable(flows, false);
    for (int i = 0; i < flows; i++) {
      table.begin(CLIENTS + i);
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    table.close();
  }

  @Benchmark
  public int hit() {
    at = (int) ((at + STRIDE) % flows);
    return table.find(CLIENTS + at);
  }

  @Benchmark
  public int miss() {
    at = (int) ((at + STRIDE) % flows);
    return table.find(STRANGERS + at);
  }
}
