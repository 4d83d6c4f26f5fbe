package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ProxyConfig;
import io.headrace.counters.Counters;
import io.headrace.counters.CountersView;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether what an event loop serves has to wait for it. */
class LoopCyclesTest {
  private static final long STALL_MS = 2;
  private static final int WAITS = 40;

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aTaskThatStallsItsEventLoopIsFoundAndAWaitIsNoStall(String io) throws Exception {
    Counters counters = Counters.inMemory();
    Transport transport = Transport.of(ProxyConfig.Io.valueOf(io.toUpperCase()));
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(2, LoopCycles.counting(transport.handlers(), counters));
    try {
      EventLoop loop = group.next();
      for (int i = 0; i < WAITS; i++) {
        loop.schedule(() -> {}, STALL_MS, TimeUnit.MILLISECONDS).sync();
      }
      CountersView view = counters.view();
      long before = stalls(view);
      assertTrue(before < WAITS / 2, () -> before + " stalls of waits alone");
      loop.submit(
              () -> {
                TimeUnit.MILLISECONDS.sleep(STALL_MS);
                return loop;
              })
          .sync();
      Bench.await("the stall is counted", () -> stalls(view) > before);
      assertTrue(
          view.counts().byKind(Metric.CYCLE_LONGEST).get("event-loop-0")
              >= TimeUnit.MILLISECONDS.toNanos(STALL_MS),
          () -> view.counts().toString());
      List<Event> events = new ArrayList<>();
      view.readEvents(0, events::add);
      assertEquals("event-loop-0", events.getLast().where());
    } finally {
      group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
  }

  private static long stalls(CountersView view) {
    return view.counts().byKind(Metric.CYCLES_STALLED).get("event-loop-0");
  }
}
