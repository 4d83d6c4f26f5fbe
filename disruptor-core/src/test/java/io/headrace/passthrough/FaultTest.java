package io.headrace.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import io.headrace.forward.Classifier;
import io.headrace.forward.FlowCounts;
import io.headrace.forward.Forwarder;
import io.headrace.forward.ForwardingTable;
import io.headrace.forward.NatForwarder;
import io.headrace.forward.Reason;
import io.headrace.forward.Slot;
import io.headrace.packet.FrameBuilder;
import io.headrace.packet.Tcp;
import io.headrace.pipeline.Arm;
import io.headrace.pipeline.FlowTime;
import io.headrace.pipeline.Pipeline;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultTest {
  /** Fails on every frame from ports 12 to 15, each at another step. */
  private record Failing(Forwarder forwarder) implements Forwarder {
    @Override
    public void hash(Slot slot) {
      forwarder.hash(slot);
      failFor(slot, 12);
    }

    @Override
    public void prefetchIndex(Slot slot) {
      forwarder.prefetchIndex(slot);
      failFor(slot, 13);
    }

    @Override
    public void prefetchFlow(Slot slot) {
      forwarder.prefetchFlow(slot);
      failFor(slot, 14);
    }

    @Override
    public void forward(Slot slot, ForwardingTable table) {
      forwarder.forward(slot, table);
      failFor(slot, 15);
    }

    private static void failFor(Slot slot, int port) {
      if (slot.headers().sourcePort() == port) {
        throw new IllegalStateException("as a test");
      }
    }

    @Override
    public int expire(long nowNs) {
      return forwarder.expire(nowNs);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStageThatThrowsDropsTheFrameAndGoesOnWithTheNext(FlowTime time) throws Exception {
    try (Bench bench = new Bench("");
        MemorySource source = new MemorySource(256)) {
      MemorySink sink = new MemorySink();
      Forwarder forwarder =
          new Failing(new NatForwarder(0, conntrack(bench), FlowHash.fixed(), OnUnknown.DROP));
      Pipeline pipeline =
          new Pipeline(
              PassthroughConfig.DEFAULT,
              List.of(new Arm("memory", ForwardingTable.ANY_MAC, source, sink)),
              time,
              new Classifier(FlowHash.fixed()),
              bench.passthrough.tables(),
              List.of(forwarder),
              Counters.inMemory());
      for (int port = 10; port < 20; port++) {
        source.give(
            FrameBuilder.tcp("192.0.2.1", port, "10.0.0.2", 80).flags(Tcp.SYN).array(), port);
      }
      while (!source.isEmpty() || !pipeline.isDrained()) {
        pipeline.runOnce();
      }
      assertEquals(6, sink.frames().size());
      assertEquals(4, pipeline.counts().faults().get());
      assertEquals(4, pipeline.counts().refused(Reason.FAULT).get());
    }
  }

  private static Conntrack conntrack(Bench bench) {
    BitSet ports = new BitSet();
    ports.set(10000, 20000);
    return new Conntrack(
        Limits.of(100),
        FlowHash.fixed(),
        new NatPorts(ports),
        Timeouts.DEFAULT,
        FlowStore.NONE,
        new FlowCounts(0, bench.passthrough.tables()),
        ConntrackCounters.create(Counters.inMemory(), 0));
  }
}
