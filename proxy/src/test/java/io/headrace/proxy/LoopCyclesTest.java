package io.headrace.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headrace.config.ProxyConfig;
import io.headrace.counters.Counters;
import io.headrace.counters.CountersView;
import io.headrace.counters.Event;
import io.headrace.counters.Metric;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether what an event loop serves has to wait for it. */
class LoopCyclesTest {
  private static final long STALL_MS = 2;

  /** So long that nothing else on a busy machine is as long. */
  private static final long LONG_STALL_MS = 300;

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
      waitOften(loop);
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
          longestNs(view, "event-loop-0") >= TimeUnit.MILLISECONDS.toNanos(STALL_MS),
          () -> view.counts().toString());
      List<Event> events = new ArrayList<>();
      view.readEvents(0, events::add);
      assertEquals("event-loop-0", events.getLast().where());
    } finally {
      group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "nio"})
  void aChannelThatStallsItsEventLoopIsFound(String io) throws Exception {
    Counters counters = Counters.inMemory();
    Transport transport = Transport.of(ProxyConfig.Io.valueOf(io.toUpperCase()));
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(2, LoopCycles.counting(transport.handlers(), counters));
    try (DatagramSocket client = new DatagramSocket()) {
      EventLoop other = group.next();
      EventLoop loop = group.next();
      DatagramChannel channel = transport.datagrams().newChannel();
      channel.pipeline().addLast(new Staller());
      loop.register(channel).sync();
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).sync();
      CountersView view = counters.view();
      waitOften(loop);
      waitOften(other);
      long longestNs = TimeUnit.MILLISECONDS.toNanos(LONG_STALL_MS);
      client.send(new DatagramPacket(new byte[1], 1, channel.localAddress()));
      Bench.await("it is counted", () -> longestNs(view, "event-loop-1") >= longestNs);
      assertTrue(
          longestNs(view, "event-loop-0") < longestNs(view, "event-loop-1"),
          () -> view.counts().toString());
    } finally {
      group.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
  }

  private static final class Staller extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object datagram) throws Exception {
      ReferenceCountUtil.release(datagram);
      TimeUnit.MILLISECONDS.sleep(LONG_STALL_MS);
    }
  }

  private static void waitOften(EventLoop loop) throws InterruptedException {
    for (int i = 0; i < WAITS; i++) {
      loop.schedule(() -> {}, STALL_MS, TimeUnit.MILLISECONDS).sync();
    }
  }

  private static long longestNs(CountersView view, String loop) {
    return view.counts().byKind(Metric.CYCLE_LONGEST).get(loop);
  }

  private static long stalls(CountersView view) {
    return view.counts().byKind(Metric.CYCLES_STALLED).get("event-loop-0");
  }
}
