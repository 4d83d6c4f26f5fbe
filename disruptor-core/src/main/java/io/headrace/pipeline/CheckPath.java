package io.headrace.pipeline;

import io.headrace.counters.Counters;
import io.headrace.forward.CheckForwarder;
import io.headrace.forward.ForwardingTables;
import io.headrace.forward.Slot;
import io.headrace.io.FrameSink;
import io.headrace.io.FrameSource;
import io.headrace.io.PacketSink;
import io.headrace.io.PacketSource;
import io.headrace.io.Poller;
import io.headrace.link.CheckInterface;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Carries the packets of health checks between the interface that they leave the kernel by and the
 * interfaces of the pipeline, beside that and on a thread of its own, which sleeps while there are
 * none. It has packet sockets of its own, and sees of the pipeline's interfaces only frames whose
 * two ends are this machine's: answers to checks, and nothing else that a network should carry.
 */
public final class CheckPath implements AutoCloseable {
  private static final long LONGEST_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A socket's ring has some dozens at least. */
  private static final int FRAMES = 1;

  private final CheckForwarder forwarder;
  private final ForwardingTables tables;
  private final FaultLog faults;
  private final long mac;
  private final int arms;

  /** Those of the arms, in their order; behind them that of the checks. */
  private final List<PacketSource> sources = new ArrayList<>();

  private final List<FrameSink> sinks = new ArrayList<>();
  private final List<Encapsulation> encapsulations = new ArrayList<>();
  private final Slot slot = new Slot();
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Begins to carry them.
   *
   * @param forwarder that knows whose they are
   * @param between that they leave the kernel by
   * @param arms the names of the pipeline's interfaces, in its order
   * @param ends the addresses of this machine
   * @param tables the pipeline's
   * @param counters that say what fails
   * @throws io.headrace.io.FrameIoException when the sockets cannot be opened
   */
  public CheckPath(
      CheckForwarder forwarder,
      CheckInterface between,
      List<String> arms,
      Set<InetAddress> ends,
      ForwardingTables tables,
      Counters counters) {
    this.forwarder = forwarder;
    this.tables = tables;
    this.faults = new FaultLog(counters);
    this.mac = between.mac();
    this.arms = arms.size();
    try {
      arms.forEach(this::open);
      ends(ends);
      open(CheckInterface.FRAMES);
    } catch (RuntimeException e) {
      closeAll();
      throw e;
    }
    thread = Thread.ofPlatform().daemon().name("checks").start(this::run);
  }

  private void open(String interfaceName) {
    sources.add(new PacketSource(interfaceName, FRAMES));
    FrameSink sink = new PacketSink(interfaceName);
    sinks.add(sink);
    encapsulations.add(new Encapsulation(sink));
  }

  /**
   * This machine has these addresses now. Any one thread.
   *
   * @throws io.headrace.io.FrameIoException when there are too many to tell answers by
   */
  public void ends(Set<InetAddress> addresses) {
    sources.subList(0, arms).forEach(source -> source.filter(addresses));
  }

  private void run() {
    Poller poller = new Poller(sources.stream().mapToInt(FrameSource::descriptor).toArray());
    while (!closed) {
      poller.await(LONGEST_SLEEP_NS);
      try {
        for (int source = 0; source <= arms; source++) {
          take(source);
        }
      } catch (RuntimeException | Error e) {
        faults.add("checks", e);
      }
    }
  }

  private void take(int from) {
    FrameSource source = sources.get(from);
    while (source.receive(slot.frame())) {
      try {
        slot.captured(from, 0, 0, 0);
        if (from == arms) {
          toServer();
        } else {
          toCheck();
        }
      } finally {
        source.release(1);
      }
    }
  }

  private void toServer() {
    if (forwarder.toServer(slot, tables.current())) {
      int arm = slot.egressArm();
      if (slot.isEncapsulated()) {
        encapsulations.get(arm).send(slot);
      } else {
        sinks.get(arm).send(slot.frame());
      }
      sinks.get(arm).flush();
      encapsulations.get(arm).flushed();
    }
  }

  private void toCheck() {
    if (forwarder.toCheck(slot, mac)) {
      sinks.get(arms).send(slot.frame());
      sinks.get(arms).flush();
    }
  }

  private void closeAll() {
    sources.forEach(FrameSource::close);
    sinks.forEach(FrameSink::close);
  }

  /** Ends the thread, and closes its sockets. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    closeAll();
  }
}
