package io.headrace.perf;

import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowTuple;
import io.headrace.forward.NatRewrite;
import io.headrace.io.Frame;
import io.headrace.packet.Checksums;
import io.headrace.packet.Headers;
import io.headrace.packet.Parse;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the pipeline does with a single frame that is in the cache, step by step. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StepBenchmark {
  private static final int FRONTEND = 0x0A00_0002;
  private static final int SERVER = 0x0A00_0101;

  private final Frame frame = new Frame();
  private final Headers headers = new Headers();
  private final FlowHash hash = FlowHash.random();
  private final FlowTuple tuple = new FlowTuple();
  private Talk talk;
  private int port;

  /** Parses a frame. */
  @Setup
  public void open() {
    talk = new Talk(1, 1, FRONTEND, false);
    talk.allow(1);
    talk.receive(frame);
    headers.parse(frame.buffer());
  }

  @Benchmark
  public Parse parse() {
    return headers.parse(frame.buffer());
  }

  /** Of a whole frame, as no frame on its way needs it: for comparison with the rewrite. */
  @Benchmark
  public int checksum() {
    return Checksums.transport(frame.buffer(), headers);
  }

  @Benchmark
  public int bucket() {
    return hash.bucket(headers.protocol(), headers.sourceAddress(), port++);
  }

  @Benchmark
  public long flowHash() {
    return hash.tuple(
        tuple.ipv4(
            headers.protocol(),
            headers.sourceAddress(),
            port++,
            headers.destinationAddress(),
            headers.destinationPort()));
  }

  /** Addresses, ports, time to live and checksums. */
  @Benchmark
  public void rewrite() {
    NatRewrite.rewrite(frame, headers, FRONTEND, port++ & 0xffff, SERVER, 80);
  }
}
