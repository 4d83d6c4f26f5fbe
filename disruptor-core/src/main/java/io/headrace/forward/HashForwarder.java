package io.headrace.forward;

import io.headrace.config.DsrConfig;
import io.headrace.config.DsrConfig.Way;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.OneWayFlows;
import io.headrace.conntrack.TcpState;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.schedule.Scheduler;
import java.util.EnumMap;
import java.util.Map;

/**
 * Direct server return: clients' frames go to a server, whose answers do not come by here. The
 * server follows from the frame and the pool alone, by a hash that is the same on every machine
 * with the same pool, so several balancers agree without a word, and a restart changes nothing.
 * What is remembered of a flow keeps it on its server while the pool changes.
 */
public final class DsrForwarder implements Forwarder {
  private final int worker;
  private final OneWayFlows flows;
  private final FlowTuple tuple = new FlowTuple();
  private final Map<Way, DirectReturn> ways = new EnumMap<>(Way.class);

  /** Keeps what is read ahead from being optimised away. */
  private long read;

  /**
   * @param worker index of the worker that owns this
   * @param flows the worker's
   */
  public DsrForwarder(int worker, OneWayFlows flows) {
    this.worker = worker;
    this.flows = flows;
    for (Way way : Way.values()) {
      ways.put(
          way,
          switch (way) {
            case NAT -> new NatReturn();
            case L2 -> new L2Return();
            case IPIP -> new IpipReturn();
            case GUE -> new GueReturn();
          });
    }
  }

  @Override
  public void lookUp(Slot slot) {
    FlowHash hash = slot.frontend().hash();
    slot.tupleHash(hash.tuple(tuple.of(slot.headers(), hash)));
  }

  @Override
  public void prefetch(Slot slot) {
    read ^= flows.prefetch(slot.tupleHash());
  }

  @Override
  public void forward(Slot slot, ForwardingTable table) {
    DsrConfig config = slot.frontend().service().dsr();
    int serverId = config.onePacket() ? choose(slot) : serverOfFlow(slot, table);
    if (serverId == Scheduler.NONE) {
      return;
    }
    Target target = table.target(serverId);
    if (!target.hop().isResolved()) {
      slot.refuse(Reason.NO_NEXT_HOP);
      return;
    }
    int bytes = slot.frame().length();
    ways.get(config.way()).forward(slot, target);
    if (slot.verdict() == Verdict.FORWARD) {
      target.traffic().get(worker).carried(true, bytes);
      slot.frontend().traffic().get(worker).carried(true, bytes);
    }
  }

  private int serverOfFlow(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int protocol = headers.protocol();
    int flags = headers.tcpFlags();
    boolean opens = protocol != Ipv4.PROTOCOL_TCP || TcpState.opens(flags);
    int flow = flows.find(slot.tupleHash(), slot.nowNs());
    if (flow != OneWayFlows.NONE) {
      int serverId = flows.serverId(flow);
      if (!opens || !flows.isClosing(flow) && table.target(serverId).isUp()) {
        flows.track(flow, protocol, flags, slot.nowNs());
        return serverId;
      }
      flows.remove(flow);
    }
    int serverId = choose(slot);
    if (serverId != Scheduler.NONE && (opens || (flags & (Tcp.RST | Tcp.FIN)) == 0)) {
      int serviceId = slot.frontend().service().id();
      flows.add(slot.tupleHash(), protocol, serverId, serviceId, opens, slot.nowNs());
    }
    return serverId;
  }

  private static int choose(Slot slot) {
    Frontend frontend = slot.frontend();
    if (!frontend.isLive()) {
      slot.refuse(Reason.NO_SERVICE);
      return Scheduler.NONE;
    }
    Scheduler scheduler = frontend.service().pool().scheduler();
    int serverId = scheduler.choose(scheduler.isBySource() ? slot.sourceHash() : slot.tupleHash());
    if (serverId == Scheduler.NONE) {
      slot.refuse(Reason.NO_SERVER);
    }
    return serverId;
  }

  @Override
  public int expire(long nowNs) {
    return flows.expire(nowNs);
  }
}
