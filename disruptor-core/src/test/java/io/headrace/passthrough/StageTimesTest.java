package io.headrace.passthrough;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ConfigException;
import io.headrace.config.PassthroughConfig;
import io.headrace.config.PassthroughConfig.OnUnknown;
import io.headrace.config.Timeouts;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.ConntrackCounters;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowStore;
import io.headrace.conntrack.Limits;
import io.headrace.conntrack.NatPorts;
import io.headrace.counters.Counters;
import io.headrace.counters.FrameTrace;
import io.headrace.counters.Metric;
import io.headrace.counters.TimesView;
import io.headrace.forward.Classifier;
import io.headrace.forward.FlowCounts;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.NatForwarder;
import io.headrace.forward.Slot;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stage times say where frames were, and all of the time that they took. */
class StageTimesTest {
  private static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final int SLOW_PORT = 4242;
  private static final List<String> PARTS =
      List.of("capture", "ring_wait", "worker", "transmit_wait", "transmit");

  /** Stalls on every frame from one port. */
  private record Slow(Forwarder forwarder) implements Forwarder {
    @Override
    public void hash(Slot slot) {
      forwarder.hash(slot);
    }

    @Override
    public void prefetchIndex(Slot slot) {
      forwarder.prefetchIndex(slot);
    }

    @Override
    public void prefetchFlow(Slot slot) {
      forwarder.prefetchFlow(slot);
    }

    @Override
    public void forward(Slot slot, ForwardingTable table) {
      if (slot.headers().sourcePort() == SLOW_PORT) {
        long end = System.nanoTime() + STALL_NS;
        while (System.nanoTime() < end) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
      }
      forwarder.forward(slot, table);
    }

    @Override
    public int expire(long nowNs) {
      return forwarder.expire(nowNs);
    }
  }

  private final Counters counters = Counters.inMemory();
  private final MemorySource source = new MemorySource(256);
  private final MemorySink sink = new MemorySink();
  private Bench bench;
  private Pipeline pipeline;

  @BeforeEach
  void open() throws ConfigException {
    bench = new Bench("workers = 2\n");
    pipeline =
        new Pipeline(
            PassthroughConfig.DEFAULT,
            List.of(new Arm("memory", ForwardingTable.ANY_MAC, source, sink)),
            FlowTime.MONOTONIC,
            new Classifier(FlowHash.fixed()),
            bench.passthrough.tables(),
            List.of(forwarder(0), forwarder(1)),
            counters);
  }

  private Forwarder forwarder(int worker) {
    return new Slow(new NatForwarder(worker, conntrack(worker), FlowHash.fixed(), OnUnknown.DROP));
  }

  private Conntrack conntrack(int worker) {
    BitSet ports = new BitSet();
    ports.set(10_000, 20_000);
    return new Conntrack(
        Limits.of(10_000),
        FlowHash.fixed(),
        new NatPorts(ports),
        Timeouts.DEFAULT,
        FlowStore.NONE,
        new FlowCounts(worker, bench.passthrough.tables()),
        ConntrackCounters.create(counters, worker));
  }

  @AfterEach
  void close() {
    bench.close();
    source.close();
  }

  private void send(int firstPort, int frames) throws Exception {
    for (int port = firstPort; port < firstPort + frames; port++) {
      source.give(FrameBuilder.tcp("192.0.2.9", port, "10.0.0.2", 80).flags(Tcp.SYN).array(), 0);
    }
    while (!source.isEmpty() || !pipeline.isDrained()) {
      pipeline.runOnce();
    }
  }

  private Map<String, TimesView> times() {
    return counters.view().times(Metric.STAGE_TIME);
  }

  @Test
  void theTimesOfTheStagesAddUpToTheWholeWay() throws Exception {
    for (int round = 0; round < 50; round++) {
      send(10_000 + round * 100, 100);
    }
    long frames = counters.view().counts().sum(Metric.FRAMES_FORWARDED);
    assertEquals(5000, frames);
    Map<String, TimesView> times = times();
    assertEquals(frames, times.get("whole").count());
    long sum = 0;
    double ofHistograms = 0;
    for (String part : PARTS) {
      assertEquals(frames, times.get(part).count(), part);
      sum += times.get(part).sumNs();
      ofHistograms += times.get(part).histogram().getMean();
    }
    assertEquals(times.get("whole").sumNs(), sum);
    double whole = times.get("whole").meanNs();
    assertEquals(whole, ofHistograms, whole / 100, "within two digits");
    assertEquals(0, times.get("kernel").count(), "nobody stamped these");
  }

  @Test
  void theTracesAddUpToo() throws Exception {
    send(10_000, 100);
    List<FrameTrace> traces = new ArrayList<>();
    assertEquals(0, counters.view().readTraces(0, traces::add));
    assertEquals(100, traces.stream().mapToInt(FrameTrace::frames).sum());
    assertEquals(Set.of(0, 1), traces.stream().map(FrameTrace::worker).collect(toSet()));
    assertEquals(
        times().get("whole").sumNs(),
        traces.stream().mapToLong(trace -> trace.frames() * trace.wholeNs()).sum());
  }

  @Test
  void aStallInAWorkerIsInTheTimeOfTheWorker() throws Exception {
    for (int port = SLOW_PORT - 50; port < SLOW_PORT + 50; port++) {
      send(port, 1);
    }
    Map<String, TimesView> times = times();
    assertEquals(100, times.get("worker").count());
    assertTrue(times.get("worker").maxNs() >= STALL_NS, () -> times.get("worker").toString());
    assertTrue(times.get("whole").maxNs() >= times.get("worker").maxNs());
    assertTrue(times.get("worker").percentileNs(50) < STALL_NS, "nobody else waits for it");
  }

  @Test
  void aWaitInTheKernelIsTheDifferenceToItsStamp() throws Exception {
    long waitedNs = TimeUnit.SECONDS.toNanos(5);
    Instant now = Instant.now();
    source.give(
        FrameBuilder.tcp("192.0.2.9", 10_000, "10.0.0.2", 80).flags(Tcp.SYN).array(),
        TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - waitedNs);
    send(10_001, 0);
    TimesView kernel = times().get("kernel");
    assertEquals(1, kernel.count());
    assertTrue(kernel.maxNs() > waitedNs - STALL_NS, () -> kernel.maxNs() + " ns");
    assertTrue(times().get("whole").maxNs() < waitedNs, "it is before the whole way");
  }
}
