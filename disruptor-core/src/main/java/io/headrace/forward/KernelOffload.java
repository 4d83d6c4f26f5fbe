package io.headrace.forward;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.headrace.config.OnDown;
import io.headrace.conntrack.FlowOffload;
import io.headrace.conntrack.ZeroedMemory;
import io.headrace.counters.Counters;
import io.headrace.counters.Metric;
import io.headrace.counters.Name;
import io.headrace.offload.FlowWriter;
import io.headrace.offload.KernelFlows;
import io.headrace.packet.Ipv4;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Gives flows of one worker to the kernel, which forwards their frames from then on, and sees to it
 * that this changes nothing else: what the kernel has counted and when it last saw a frame come
 * back to the flow, and a flow whose way changes is taken back.
 *
 * <p>A flow is given once some frames have passed while it was open, so that a short connection
 * costs no system call, and while the kernel has a number left for it.
 */
public final class KernelOffload implements FlowOffload {
  /**
   * Frames of an open flow. A request and its answer of one or two frames, with the frames that
   * acknowledge them, end before that.
   */
  static final int FRAMES_BEFORE = 8;

  /** The kernel had no memory for the flow; not tried again. */
  private static final int REFUSED = -1;

  /** From here on, the kernel has the flow, by the number that lies so much above. */
  private static final int GIVEN = FRAMES_BEFORE + 1;

  private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int NUMBERS_PER_LOOK = 4096;
  private static final int FLOWS_PER_LOOK = 64;
  private static final int TO_SERVER = 0;
  private static final int TO_CLIENT = 1;
  private static final int NO_FLOW = -1;

  private final int worker;
  private final OffloadableFlows flows;
  private final EntryNumbers numbers;
  private final ForwardingTables tables;
  private final FlowWriter kernel;
  private final int[] mtus;
  private final AtomicCounter frames;
  private final AtomicCounter given;
  private final AtomicCounter refused;

  /**
   * By flow: frames that have passed, {@link #REFUSED}, or {@link #GIVEN} and up. Off the heap, as
   * it is as large as the table of flows, and costs what is used of it.
   */
  private final MemorySegment states;

  /** By number, less the first: {@link #NO_FLOW} unless it is one of these flows. */
  private final int[] flowOf;

  /** The same: the protocol of the key. */
  private final byte[] protocolOf;

  private ForwardingTable looked;
  private long lookedAtNs;
  private int next;

  /** Numbers from here on, less the first, were never given. */
  private int end;

  /**
   * @param worker that owns this, the flows and the numbers
   * @param numbers which other tables of the worker may take from, too
   * @param kernel whose ports are the arms
   */
  public KernelOffload(
      int worker,
      OffloadableFlows flows,
      EntryNumbers numbers,
      ForwardingTables tables,
      KernelFlows kernel,
      Counters counters) {
    this.worker = worker;
    this.flows = flows;
    this.numbers = numbers;
    this.tables = tables;
    this.kernel = kernel.writer();
    this.mtus = kernel.ports().stream().mapToInt(KernelFlows.Port::mtu).toArray();
    this.states = ZeroedMemory.allocate(Arena.ofAuto(), (long) flows.capacity() * Integer.BYTES);
    this.flowOf = new int[numbers.count()];
    this.protocolOf = new byte[numbers.count()];
    Arrays.fill(flowOf, NO_FLOW);
    this.frames = counters.counter(Name.of(Metric.FRAMES_OFFLOADED).worker(worker));
    this.given = counters.counter(Name.of(Metric.FLOWS_OFFLOADED).worker(worker));
    this.refused = counters.counter(Name.of(Metric.FLOWS_NOT_OFFLOADED).worker(worker));
  }

  @Override
  public void passed(int flow) {
    int state = state(flow);
    if (state >= GIVEN) {
      if (!goesRight(flow, tables.current())) {
        // It has come up since its client has moved.
        takeBack(flow);
      }
    } else if (state != REFUSED && flows.mayGo(flow, tables.current())) {
      if (state < FRAMES_BEFORE) {
        become(flow, state + 1);
      } else if (mayGo(flow, tables.current())) {
        give(flow, tables.current());
      }
    }
  }

  private int state(int flow) {
    return states.getAtIndex(JAVA_INT, flow);
  }

  private void become(int flow, int state) {
    states.setAtIndex(JAVA_INT, flow, state);
  }

  private boolean isGiven(int flow) {
    return state(flow) >= GIVEN;
  }

  /** Of one that is given. */
  private int number(int flow) {
    return state(flow) - GIVEN;
  }

  private boolean mayGo(int flow, ForwardingTable table) {
    return isWanted(flow, table) && table.target(flows.serverId(flow)).hop().isResolved();
  }

  /** Whether the pipeline would do no more than forward. */
  private boolean isWanted(int flow, ForwardingTable table) {
    if (!flows.mayGo(flow, table)) {
      return false;
    }
    Target target = table.target(flows.serverId(flow));
    return flows.protocol(flow, table) == Ipv4.PROTOCOL_TCP
        ? target.onDown() == OnDown.KEEP
        : target.isUp();
  }

  private void give(int flow, ForwardingTable table) {
    int number = numbers.take();
    if (number == EntryNumbers.NONE) {
      return;
    }
    if (put(flow, number, table)) {
      int place = number - numbers.first();
      become(flow, GIVEN + number);
      flowOf[place] = flow;
      end = Math.max(end, place + 1);
      given.incrementRelease();
    } else {
      become(flow, REFUSED);
      numbers.give(number);
      refused.incrementRelease();
    }
  }

  private boolean put(int flow, int number, ForwardingTable table) {
    Hop hop = table.target(flows.serverId(flow)).hop();
    int toServer = entry(number, TO_SERVER);
    int toClient = entry(number, TO_CLIENT);
    flows.rewriteToServer(flow, table, toServer, kernel);
    kernel.send(toServer, hop.arm(), hop.sourceMac(), hop.destinationMac(), hop.mtu());
    flows.rewriteToClient(flow, table, toClient, kernel);
    int protocol = flows.protocol(flow, table);
    protocolOf[number - numbers.first()] = (byte) protocol;
    if (flows.isAnswered(flow, table)) {
      int arm = flows.clientArm(flow);
      long clientMac = flows.clientMac(flow);
      kernel.only(toServer, arm, clientMac);
      kernel.send(toClient, arm, table.armMac(arm), clientMac, mtus[arm]);
    }
    return kernel.put(toServer, protocol);
  }

  private static int entry(int number, int direction) {
    return number * 2 + direction;
  }

  /** Whether the kernel sends the flow's frames where the pipeline would. */
  private boolean goesRight(int flow, ForwardingTable table) {
    Hop hop = table.target(flows.serverId(flow)).hop();
    int number = number(flow);
    return hop.isResolved()
        && isWanted(flow, table)
        && kernel.sends(entry(number, TO_SERVER), hop.arm(), hop.sourceMac(), hop.destinationMac())
        && (!flows.isAnswered(flow, table) || answerGoesRight(flow, number, table));
  }

  private boolean answerGoesRight(int flow, int number, ForwardingTable table) {
    int arm = flows.clientArm(flow);
    return kernel.sends(entry(number, TO_CLIENT), arm, table.armMac(arm), flows.clientMac(flow));
  }

  @Override
  public void withdraw(int flow) {
    if (isGiven(flow)) {
      takeBack(flow);
    } else {
      become(flow, 0);
    }
  }

  /** Its next frames come up, and it may go again after as many as at first. */
  private void takeBack(int flow) {
    int number = number(flow);
    int place = number - numbers.first();
    kernel.remove(entry(number, TO_SERVER), protocolOf[place]);
    become(flow, 0);
    flowOf[place] = NO_FLOW;
    given.decrementRelease();
    count(flow, number, tables.current());
    numbers.give(number);
  }

  @Override
  public long lastSeenNs(int flow) {
    if (!isGiven(flow)) {
      return NEVER;
    }
    int number = number(flow);
    return Math.max(
        kernel.lastSeenNs(entry(number, TO_SERVER)), kernel.lastSeenNs(entry(number, TO_CLIENT)));
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
    int left = FLOWS_PER_LOOK;
    int until = Math.min(end, next + NUMBERS_PER_LOOK);
    for (; next < until && left > 0; next++) {
      if (flowOf[next] != NO_FLOW) {
        left--;
        look(flowOf[next], table);
      }
    }
    if (next >= end) {
      next = 0;
    }
  }

  private void look(int flow, ForwardingTable table) {
    count(flow, number(flow), table);
    long seenNs = lastSeenNs(flow);
    if (seenNs != NEVER) {
      flows.seen(flow, protocolOf[number(flow) - numbers.first()], seenNs);
    }
    if (!goesRight(flow, table)) {
      takeBack(flow);
    }
  }

  private void count(int flow, int number, ForwardingTable table) {
    count(flow, number, TO_SERVER, table);
    count(flow, number, TO_CLIENT, table);
  }

  private void count(int flow, int number, int direction, ForwardingTable table) {
    long passedFrames = kernel.takeFrames(entry(number, direction));
    if (passedFrames > 0) {
      long bytes = kernel.takeBytes(entry(number, direction));
      boolean fromClient = direction == TO_SERVER;
      frames.getAndAddRelease(passedFrames);
      table.target(flows.serverId(flow)).traffic().get(worker).carried(fromClient, bytes);
      table.frontend(flows.serviceId(flow)).traffic().get(worker).carried(fromClient, bytes);
    }
  }

  /** Counts what has not been counted yet; when the worker has stopped. */
  public void finish() {
    ForwardingTable table = tables.current();
    for (int place = 0; place < end; place++) {
      if (flowOf[place] != NO_FLOW) {
        count(flowOf[place], numbers.first() + place, table);
      }
    }
  }
}
