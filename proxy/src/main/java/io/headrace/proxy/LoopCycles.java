package io.headrace.proxy;

import io.headrace.counters.Counters;
import io.headrace.counters.Cycles;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the duty cycles of an event loop, around what it waits with: from the end of a wait until
 * the next it handles what its channels have, and then runs its tasks. For the loop's thread.
 */
final class LoopCycles implements IoHandler, IoHandlerContext {
  private final IoHandler handler;
  private final Cycles cycles;
  private IoHandlerContext context;
  private long begunNs;

  /** Of the latest run, what was no waiting. */
  private long activeNs;

  private LoopCycles(IoHandler handler, Cycles cycles) {
    this.handler = handler;
    this.cycles = cycles;
  }

  /** For event loops that count theirs, each under a name of its own. */
  static IoHandlerFactory counting(IoHandlerFactory factory, Counters counters) {
    AtomicInteger loops = new AtomicInteger();
    return executor -> newHandler(factory, executor, counters, loops.getAndIncrement());
  }

  private static IoHandler newHandler(
      IoHandlerFactory factory, ThreadAwareExecutor executor, Counters counters, int loop) {
    return new LoopCycles(factory.newHandler(executor), new Cycles(counters, "event-loop-" + loop));
  }

  @Override
  public void initialize() {
    handler.initialize();
    begunNs = System.nanoTime();
  }

  @Override
  public int run(IoHandlerContext given) {
    cycles.add(begunNs, System.nanoTime() - begunNs);
    context = given;
    activeNs = 0;
    int handled = handler.run(this);
    begunNs = System.nanoTime() - activeNs;
    return handled;
  }

  @Override
  public boolean shouldReportActiveIoTime() {
    return true;
  }

  @Override
  public void reportActiveIoTime(long ns) {
    activeNs = ns;
  }

  @Override
  public boolean canBlock() {
    return context.canBlock();
  }

  @Override
  public long delayNanos(long nowNs) {
    return context.delayNanos(nowNs);
  }

  @Override
  public long deadlineNanos() {
    return context.deadlineNanos();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return handler.register(handle);
  }

  @Override
  public void wakeup() {
    handler.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> type) {
    return handler.isCompatible(type);
  }

  @Override
  public void prepareToDestroy() {
    handler.prepareToDestroy();
  }

  @Override
  public void destroy() {
    handler.destroy();
  }
}
