package io.headrace.forward;

import io.headrace.config.DsrConfig.Way;
import io.headrace.config.Mode;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.OneWayFlows;
import io.headrace.conntrack.TcpState;
import io.headrace.packet.Ethernet;
import io.headrace.packet.FiveTuple;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.packet.Ipv4;
import io.headrace.packet.Tcp;
import io.headrace.registry.Service;
import io.headrace.schedule.Scheduler;
import java.util.Map;

/**
 * Forwarding that keeps the client's address, and so needs no NAT port and no record of a flow to
 * be right: direct server return, whose answers do not come by here, and passthrough whose servers
 * route back through here. The server follows from the frame and the pool alone, by a hash that is
 * the same on every machine with the same pool, so several balancers agree without a word, and a
 * restart changes nothing. What is remembered of a flow keeps it on its server while the pool
 * changes, and says where its client is.
 */
public final class HashForwarder implements Forwarder {
  private final int worker;
  private final OneWayFlows flows;
  private final HashFlows offloadable;
  private final FlowTuple tuple = new FlowTuple();
  private final LastHop lastHop = new LastHop();
  private final Map<Way, DirectReturn> ways = DirectReturn.each(lastHop);

  /** Keeps what is read ahead from being optimised away. */
  private long read;

  /**
   * @param worker index of the worker that owns this
   * @param flows the worker's
   * @param offloadable the same, which hear of each frame
   */
  public HashForwarder(int worker, OneWayFlows flows, HashFlows offloadable) {
    this.worker = worker;
    this.flows = flows;
    this.offloadable = offloadable;
  }

  @Override
  public void hash(Slot slot) {
    FlowHash hash = slot.frontend().hash();
    slot.tupleHash(hash.tuple(slot.isFromClient() ? toFrontend(slot, hash) : ofAnswer(slot, hash)));
  }

  private FlowTuple toFrontend(Slot slot, FlowHash hash) {
    return slot.isError() ? tuple.ofAnswer(slot.quoted(), hash) : tuple.of(slot.headers(), hash);
  }

  /** That of the client's own frames; what an error quotes is one of them, as it went on. */
  private FlowTuple ofAnswer(Slot slot, FlowHash hash) {
    boolean quoted = slot.isError();
    FiveTuple packet = quoted ? slot.quoted() : slot.headers();
    int port = quoted ? packet.sourcePort() : packet.destinationPort();
    Frontend frontend = slot.frontend();
    IpAddress address = frontend.address();
    return packet.isIpv6()
        ? tuple.ipv6(
            hash,
            packet.protocol(),
            quoted ? packet.sourceHigh() : packet.destinationHigh(),
            quoted ? packet.sourceLow() : packet.destinationLow(),
            port,
            address.high(),
            address.low(),
            frontend.port())
        : tuple.ipv4(
            packet.protocol(),
            quoted ? packet.sourceAddress() : packet.destinationAddress(),
            port,
            address.ipv4(),
            frontend.port());
  }

  @Override
  public void prefetchIndex(Slot slot) {
    read ^= flows.prefetch(slot.tupleHash());
  }

  /** A flow lies where it is found. */
  @Override
  public void prefetchFlow(Slot slot) {}

  @Override
  public void forward(Slot slot, ForwardingTable table) {
    offloadable.forwarding(slot);
    if (slot.isFromClient()) {
      toServer(slot, table);
    } else {
      toClient(slot, table);
    }
  }

  private void toServer(Slot slot, ForwardingTable table) {
    Service service = slot.frontend().service();
    int serverId;
    if (service.dsr().onePacket()) {
      serverId = choose(slot);
    } else {
      serverId = slot.isError() ? serverOfError(slot) : serverOfFlow(slot, table);
    }
    if (serverId == Scheduler.NONE) {
      return;
    }
    Target target = table.target(serverId);
    if (!target.hop().isResolved()) {
      slot.refuse(Reason.NO_NEXT_HOP);
      return;
    }
    int bytes = slot.frame().length();
    // The way of passthrough is NAT of the destination: the default.
    ways.get(service.dsr().way()).forward(slot, target);
    if (slot.verdict() == Verdict.FORWARD) {
      count(slot, target, true, bytes);
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
        remember(slot, flow);
        flows.track(flow, protocol, flags, slot.nowNs());
        return serverId;
      }
      flows.remove(flow);
    }
    int serverId = choose(slot);
    if (serverId != Scheduler.NONE && (opens || (flags & (Tcp.RST | Tcp.FIN)) == 0)) {
      int serviceId = slot.frontend().service().id();
      int added = flows.add(slot.tupleHash(), protocol, serverId, serviceId, opens, slot.nowNs());
      if (added != OneWayFlows.NONE) {
        remember(slot, added);
      }
    }
    return serverId;
  }

  private int serverOfError(Slot slot) {
    int flow = flows.find(slot.tupleHash(), slot.nowNs());
    return flow == OneWayFlows.NONE ? choose(slot) : flows.serverId(flow);
  }

  /** Where the client is, for answers that come by here. */
  private void remember(Slot slot, int flow) {
    if (slot.frontend().service().mode() == Mode.PASSTHROUGH) {
      long mac = Ethernet.getMac(slot.frame().buffer(), Ethernet.SOURCE);
      flows.clientLink(flow, mac, slot.arm());
    }
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

  /** A server's answer, which gets the frontend's address and port back. */
  private void toClient(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int flow = flows.find(slot.tupleHash(), slot.nowNs());
    if (flow == OneWayFlows.NONE) {
      slot.refuse(Reason.NO_FLOW);
      return;
    }
    if (headers.timeToLive() <= 1) {
      lastHop.refuse(slot);
      return;
    }
    if (!slot.isError()) {
      flows.answered(flow, headers.protocol(), headers.tcpFlags(), slot.nowNs());
    }
    count(slot, table.target(flows.serverId(flow)), false, slot.frame().length());
    rewriteAnswer(slot);
    int arm = flows.clientArm(flow);
    long armMac = table.armMac(arm);
    long sourceMac =
        armMac == ForwardingTable.ANY_MAC
            ? Ethernet.getMac(slot.frame().buffer(), Ethernet.DESTINATION)
            : armMac;
    NatRewrite.link(slot.frame(), sourceMac, flows.clientMac(flow));
    slot.forward(arm);
  }

  private static void rewriteAnswer(Slot slot) {
    Frontend frontend = slot.frontend();
    if (slot.isError()) {
      ErrorRewrite.destination(slot, frontend.address(), frontend.port());
    } else {
      NatRewrite.source(slot.frame(), slot.headers(), frontend.address(), frontend.port());
    }
  }

  private void count(Slot slot, Target target, boolean fromClient, int bytes) {
    target.traffic().get(worker).carried(fromClient, bytes);
    slot.frontend().traffic().get(worker).carried(fromClient, bytes);
  }

  @Override
  public int expire(long nowNs) {
    return flows.expire(nowNs);
  }
}
