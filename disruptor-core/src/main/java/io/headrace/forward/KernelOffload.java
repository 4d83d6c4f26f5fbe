package io.headrace.forward;

import io.headrace.config.OnDown;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.FlowOffload;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.offload.FlowWriter;
import io.headrace.offload.KernelFlows;
import io.headrace.packet.Ipv4;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Gives one worker's flows to the kernel, which forwards their frames from then on, and sees to it
 * that this changes nothing else: what the kernel has counted and when it last saw a frame come
 * back to the flow, and a flow whose way changes is taken back.
 *
 * <p>A flow is given once some frames have passed while it was open, so that a short connection
 * costs no system call. It is known to the kernel by the number of its record, of which only the
 * first are given: the lowest are the ones in use. Only IPv4.
 */
public final class KernelOffload implements FlowOffload {
  /** A request and its answer, each in one frame, end before that. */
  static final int FRAMES_BEFORE = 6;

  /** In place of a number of frames. */
  private static final byte GIVEN = -1;

  /** The kernel had no room for the flow; not tried again. */
  private static final byte REFUSED = -2;

  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int RECORDS_PER_LOOK = 4096;
  private static final int FLOWS_PER_LOOK = 64;
  private static final int TO_SERVER = 0;
  private static final int TO_CLIENT = 1;

  private final int worker;
  private final Conntrack conntrack;
  private final ForwardingTables tables;
  private final FlowWriter kernel;
  private final int[] mtus;
  private final int firstNumber;
  private final AtomicCounter frames;
  private final AtomicCounter given;
  private final AtomicCounter refused;

  /** By record: frames that have passed, {@link #GIVEN} or {@link #REFUSED}. */
  private final byte[] passed;

  private ForwardingTable looked;
  private long lookedAtNs;
  private int next;

  /** Records from here on were never given. */
  private int end;

  /**
   * @param worker that owns this
   * @param workers how many share the kernel's room
   * @param kernel whose ports are the arms
   */
  public KernelOffload(
      int worker,
      int workers,
      Conntrack conntrack,
      ForwardingTables tables,
      KernelFlows kernel,
      Counters counters) {
    this.worker = worker;
    this.conntrack = conntrack;
    this.tables = tables;
    this.kernel = kernel.writer();
    this.mtus = kernel.ports().stream().mapToInt(KernelFlows.Port::mtu).toArray();
    int share = kernel.capacity() / workers;
    this.firstNumber = worker * share;
    this.passed = new byte[Math.min(share, conntrack.capacity())];
    this.frames = counters.counter(Name.of(Metric.FRAMES_OFFLOADED).worker(worker));
    this.given = counters.counter(Name.of(Metric.FLOWS_OFFLOADED).worker(worker));
    this.refused = counters.counter(Name.of(Metric.FLOWS_NOT_OFFLOADED).worker(worker));
  }

  @Override
  public void passed(int flow) {
    if (flow >= passed.length || passed[flow] == REFUSED) {
      return;
    }
    if (passed[flow] != GIVEN) {
      if (passed[flow] < FRAMES_BEFORE) {
        passed[flow]++;
      } else if (mayGo(flow, tables.current())) {
        give(flow, tables.current());
      }
    } else if (!goesRight(flow, tables.current())) {
      // It has come up since its client has moved.
      takeBack(flow);
    }
  }

  private boolean mayGo(int flow, ForwardingTable table) {
    return conntrack.isOpen(flow)
        && !conntrack.isIpv6(flow)
        && isWanted(flow, table)
        && table.target(conntrack.serverId(flow)).hop().isResolved();
  }

  /** Whether the pipeline would do no more than forward. */
  private boolean isWanted(int flow, ForwardingTable table) {
    Target target = table.target(conntrack.serverId(flow));
    return conntrack.protocol(flow) == Ipv4.PROTOCOL_TCP
        ? target.onDown() == OnDown.KEEP
        : target.isUp();
  }

  private void give(int flow, ForwardingTable table) {
    Hop hop = table.target(conntrack.serverId(flow)).hop();
    int arm = conntrack.clientArm(flow);
    long clientMac = conntrack.clientMac(flow);
    int toServer = number(flow, TO_SERVER);
    int toClient = number(flow, TO_CLIENT);
    kernel
        .rewrite(
            toServer,
            conntrack.natAddress(flow),
            conntrack.natPort(flow),
            conntrack.serverAddress(flow),
            conntrack.serverPort(flow))
        .send(toServer, hop.arm(), hop.sourceMac(), hop.destinationMac(), hop.mtu())
        .only(toServer, arm, clientMac);
    kernel
        .rewrite(
            toClient,
            conntrack.serviceAddress(flow),
            conntrack.servicePort(flow),
            conntrack.clientAddress(flow),
            conntrack.clientPort(flow))
        .send(toClient, arm, table.armMac(arm), clientMac, mtus[arm]);
    boolean both = keyToClient(flow).put(toClient);
    if (both && !keyToServer(flow).put(toServer)) {
      keyToClient(flow).remove();
      both = false;
    }
    if (both) {
      passed[flow] = GIVEN;
      given.incrementRelease();
      end = Math.max(end, flow + 1);
    } else {
      passed[flow] = REFUSED;
      refused.incrementRelease();
    }
  }

  private int number(int flow, int direction) {
    return (firstNumber + flow) * 2 + direction;
  }

  private FlowWriter keyToServer(int flow) {
    return kernel.key(
        conntrack.protocol(flow),
        conntrack.clientAddress(flow),
        conntrack.clientPort(flow),
        conntrack.serviceAddress(flow),
        conntrack.servicePort(flow));
  }

  private FlowWriter keyToClient(int flow) {
    return kernel.key(
        conntrack.protocol(flow),
        conntrack.serverAddress(flow),
        conntrack.serverPort(flow),
        conntrack.natAddress(flow),
        conntrack.natPort(flow));
  }

  /** Whether the kernel sends the flow's frames where the pipeline would. */
  private boolean goesRight(int flow, ForwardingTable table) {
    Hop hop = table.target(conntrack.serverId(flow)).hop();
    int arm = conntrack.clientArm(flow);
    return hop.isResolved()
        && isWanted(flow, table)
        && kernel.sends(number(flow, TO_SERVER), hop.arm(), hop.sourceMac(), hop.destinationMac())
        && kernel.sends(number(flow, TO_CLIENT), arm, table.armMac(arm), conntrack.clientMac(flow));
  }

  @Override
  public void withdraw(int flow) {
    if (flow >= passed.length) {
      return;
    }
    if (passed[flow] == GIVEN) {
      takeBack(flow);
    } else {
      passed[flow] = 0;
    }
  }

  /** Its next frames come up, and it may go again after as many as at first. */
  private void takeBack(int flow) {
    keyToServer(flow).remove();
    keyToClient(flow).remove();
    passed[flow] = 0;
    given.decrementRelease();
    count(flow, tables.current());
  }

  @Override
  public long lastSeenNs(int flow) {
    return flow < passed.length && passed[flow] == GIVEN
        ? Math.max(
            kernel.lastSeenNs(number(flow, TO_SERVER)), kernel.lastSeenNs(number(flow, TO_CLIENT)))
        : NEVER;
  }

  @Override
  public void look(long nowNs) {
    ForwardingTable table = tables.current();
    if (table != looked) {
      looked = table;
      next = 0;
    } else if (next == 0 && nowNs - lookedAtNs < LOOK_EVERY_NS) {
      return;
    }
    if (next == 0) {
      lookedAtNs = nowNs;
    }
    int flows = FLOWS_PER_LOOK;
    int until = Math.min(end, next + RECORDS_PER_LOOK);
    for (; next < until && flows > 0; next++) {
      if (passed[next] == GIVEN) {
        flows--;
        look(next, table);
      }
    }
    if (next >= end) {
      next = 0;
    }
  }

  private void look(int flow, ForwardingTable table) {
    count(flow, table);
    long seenNs = lastSeenNs(flow);
    if (seenNs != NEVER) {
      conntrack.seen(flow, seenNs);
    }
    if (!goesRight(flow, table)) {
      takeBack(flow);
    }
  }

  private void count(int flow, ForwardingTable table) {
    count(flow, TO_SERVER, table);
    count(flow, TO_CLIENT, table);
  }

  private void count(int flow, int direction, ForwardingTable table) {
    long passedFrames = kernel.takeFrames(number(flow, direction));
    if (passedFrames > 0) {
      long bytes = kernel.takeBytes(number(flow, direction));
      boolean fromClient = direction == TO_SERVER;
      frames.getAndAddRelease(passedFrames);
      table.target(conntrack.serverId(flow)).traffic().get(worker).carried(fromClient, bytes);
      table.frontend(conntrack.serviceId(flow)).traffic().get(worker).carried(fromClient, bytes);
    }
  }

  /** Counts what has not been counted yet; when the worker has stopped. */
  public void finish() {
    ForwardingTable table = tables.current();
    for (int flow = 0; flow < end; flow++) {
      if (passed[flow] == GIVEN) {
        count(flow, table);
      }
    }
  }
}
