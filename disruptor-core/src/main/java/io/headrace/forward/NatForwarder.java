package io.headrace.forward;

import io.headrace.config.OnDown;
import io.headrace.config.PassthroughConfig.OnUnknown;
import io.headrace.conntrack.Conntrack;
import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowRecords.End;
import io.headrace.conntrack.FlowState;
import io.headrace.conntrack.FlowTuple;
import io.headrace.conntrack.TcpState;
import io.headrace.io.Frame;
import io.headrace.packet.Ethernet;
import io.headrace.packet.Headers;
import io.headrace.packet.Ipv4;
import io.headrace.packet.PacketLimit;
import io.headrace.packet.Tcp;
import io.headrace.schedule.Scheduler;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Full NAT (RFC 3022, "twice NAT" of RFC 2663): the client talks to the frontend's address, the
 * server to the NAT address and port that stand for the client. Addresses and ports of both ends
 * are rewritten and the time to live is decremented.
 */
public final class NatForwarder implements Forwarder {
  private final int worker;
  private final Conntrack conntrack;
  private final FlowHash hash;
  private final LastHop lastHop = new LastHop();
  private OnUnknown onUnknown;
  private final FlowTuple tuple = new FlowTuple();

  /** Keeps what is read ahead from being optimised away. */
  private int read;

  /**
   * @param worker index of the worker that owns this
   * @param conntrack the worker's flows
   * @param hash of the tuples, the same for all workers
   * @param onUnknown what a client's TCP frame meets that has no flow and begins none
   */
  public NatForwarder(int worker, Conntrack conntrack, FlowHash hash, OnUnknown onUnknown) {
    this.worker = worker;
    this.conntrack = conntrack;
    this.hash = hash;
    this.onUnknown = onUnknown;
  }

  /** Does something else from now on with what begins no flow and has none. */
  public void onUnknown(OnUnknown wanted) {
    onUnknown = wanted;
  }

  @Override
  public int expire(long nowNs) {
    return conntrack.expire(nowNs);
  }

  @Override
  public void hash(Slot slot) {
    slot.flowHash(conntrack.hash(tuple(slot)));
  }

  @Override
  public void prefetchIndex(Slot slot) {
    read ^= first(slot);
  }

  private int first(Slot slot) {
    int hash = slot.flowHash();
    return slot.isFromClient() ? conntrack.prefetch(hash) : conntrack.prefetchReply(hash);
  }

  private FlowTuple tuple(Slot slot) {
    return slot.isError() ? tuple.ofAnswer(slot.quoted(), hash) : tuple.of(slot.headers(), hash);
  }

  @Override
  public void prefetchFlow(Slot slot) {
    int flow = first(slot);
    if (flow != Conntrack.NONE) {
      read ^= conntrack.protocol(flow);
    }
  }

  @Override
  public void forward(Slot slot, ForwardingTable table) {
    if (slot.headers().timeToLive() <= 1) {
      lastHop.refuse(slot);
    } else if (slot.isError()) {
      forwardError(slot, table);
    } else if (slot.isFromClient()) {
      toServer(slot, table);
    } else {
      toClient(slot, table);
    }
  }

  private void toServer(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int flow = conntrack.find(slot.flowHash(), tuple.of(headers, hash), slot.nowNs());
    if (flow == Conntrack.NONE || beginsAnew(flow, headers, table)) {
      flow = open(slot, table, onUnknown == OnUnknown.HASH);
      if (flow < 0) {
        return;
      }
    } else if (conntrack.isCut(flow)) {
      ResetAnswer.answer(slot, Reason.CLOSED_RESET);
      return;
    } else if (isLost(flow, headers, table)) {
      if (table.target(conntrack.serverId(flow)).onDown() == OnDown.RESET) {
        reset(slot, flow);
        return;
      }
      flow = open(slot, table, true);
      if (flow < 0) {
        return;
      }
    }
    Target target = table.target(conntrack.serverId(flow));
    Hop hop = target.hop();
    if (!hop.isResolved()) {
      slot.refuse(Reason.NO_NEXT_HOP);
      return;
    }
    UnsafeBuffer bytes = slot.frame().buffer();
    conntrack.clientLink(flow, Ethernet.getMac(bytes, Ethernet.SOURCE), slot.arm());
    limitPackets(slot, flow);
    conntrack.track(flow, true, headers.tcpFlags(), slot.nowNs());
    count(flow, table, true, bytes.capacity());
    if (headers.isIpv6()) {
      rewriteIpv6(
          slot, flow, End.NAT, conntrack.natPort(flow), End.SERVER, conntrack.serverPort(flow));
    } else {
      NatRewrite.rewrite(
          slot.frame(),
          headers,
          conntrack.natAddress(flow),
          conntrack.natPort(flow),
          conntrack.serverAddress(flow),
          conntrack.serverPort(flow));
    }
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.forward(hop.arm());
  }

  /**
   * Whether a frame of a known flow opens another all the same: the old one is over, or its server
   * is down, which takes no new connections. Datagrams do not end a flow, so they leave a server
   * that is down or gone at once.
   */
  private boolean beginsAnew(int flow, Headers headers, ForwardingTable table) {
    boolean serverIsUp = table.target(conntrack.serverId(flow)).isUp();
    if (headers.protocol() != Ipv4.PROTOCOL_TCP) {
      return !serverIsUp;
    }
    return TcpState.opens(headers.tcpFlags()) && (conntrack.isClosing(flow) || !serverIsUp);
  }

  /**
   * Whether the flow is not over, and its server is down and loses what it has. A client that has
   * not heard the reset is told again.
   */
  private boolean isLost(int flow, Headers headers, ForwardingTable table) {
    return table.target(conntrack.serverId(flow)).onDown() != OnDown.KEEP
        && headers.protocol() == Ipv4.PROTOCOL_TCP
        && (headers.tcpFlags() & (Tcp.RST | Tcp.FIN)) == 0
        && (!conntrack.isClosing(flow) || conntrack.state(flow) == FlowState.RESET);
  }

  /** As if the server had reset it: its NAT port rests for as long. */
  private void reset(Slot slot, int flow) {
    conntrack.track(flow, false, Tcp.RST, slot.nowNs());
    ResetAnswer.answer(slot, Reason.SERVER_DOWN_RESET);
  }

  /**
   * @param adopts whether a frame may open a flow from its middle
   */
  private int open(Slot slot, ForwardingTable table, boolean adopts) {
    Headers headers = slot.headers();
    if (!headers.hasTransportHeader()) {
      slot.refuse(Reason.FRAGMENT);
      return Conntrack.NONE;
    }
    int protocol = headers.protocol();
    boolean unknown = protocol == Ipv4.PROTOCOL_TCP && !TcpState.opens(headers.tcpFlags());
    if (unknown && (!adopts || (headers.tcpFlags() & (Tcp.RST | Tcp.FIN)) != 0)) {
      refuseUnknown(slot);
      return Conntrack.NONE;
    }
    Frontend frontend = slot.frontend();
    if (!frontend.isLive()) {
      slot.refuse(Reason.NO_SERVICE);
      return Conntrack.NONE;
    }
    Scheduler scheduler = frontend.service().pool().scheduler();
    int serverId = scheduler.choose(scheduler.isBySource() ? slot.sourceHash() : hash.tuple(tuple));
    if (serverId == Scheduler.NONE) {
      slot.refuse(Reason.NO_SERVER);
      return Conntrack.NONE;
    }
    Target target = table.target(serverId);
    if (!target.hop().isResolved()) {
      slot.refuse(Reason.NO_NEXT_HOP);
      return Conntrack.NONE;
    }
    int flow =
        conntrack.create(
            slot.bucket(),
            tuple,
            target.address(),
            target.port(),
            serverId,
            frontend.service().id(),
            target.hop().natAddresses(),
            slot.nowNs());
    if (flow == Conntrack.TABLE_FULL) {
      slot.refuse(Reason.TABLE_FULL);
    } else if (flow == Conntrack.NO_PORT) {
      target.traffic().get(worker).foundNoPort();
      frontend.traffic().get(worker).foundNoPort();
      slot.refuse(Reason.NO_NAT_PORT);
    } else if (flow == Conntrack.OVER_LIMIT) {
      slot.refuse(Reason.SOURCE_LIMIT);
    } else if (unknown) {
      // What its ends announced nobody has heard.
      conntrack.announce(flow, PacketLimit.unannounced(headers));
    }
    return flow;
  }

  private void refuseUnknown(Slot slot) {
    if (onUnknown == OnUnknown.RESET) {
      ResetAnswer.answer(slot, Reason.UNKNOWN_RESET);
    } else {
      slot.refuse(Reason.NO_FLOW);
    }
  }

  private void toClient(Slot slot, ForwardingTable table) {
    Headers headers = slot.headers();
    int flow = conntrack.findReply(slot.flowHash(), tuple.of(headers, hash), slot.nowNs());
    if (flow == Conntrack.NONE) {
      slot.refuse(Reason.NO_FLOW);
      return;
    }
    if (conntrack.isCut(flow)) {
      ResetAnswer.answer(slot, Reason.CLOSED_RESET);
      return;
    }
    if (conntrack.state(flow) == FlowState.SYN_SENT) {
      noteAnswer(table.target(conntrack.serverId(flow)), headers.tcpFlags());
    }
    UnsafeBuffer bytes = slot.frame().buffer();
    int arm = conntrack.clientArm(flow);
    long sourceMac = sourceMac(slot, arm, table);
    limitPackets(slot, flow);
    conntrack.track(flow, false, headers.tcpFlags(), slot.nowNs());
    count(flow, table, false, bytes.capacity());
    if (headers.isIpv6()) {
      rewriteIpv6(
          slot,
          flow,
          End.SERVICE,
          conntrack.servicePort(flow),
          End.CLIENT,
          conntrack.clientPort(flow));
    } else {
      NatRewrite.rewrite(
          slot.frame(),
          headers,
          conntrack.serviceAddress(flow),
          conntrack.servicePort(flow),
          conntrack.clientAddress(flow),
          conntrack.clientPort(flow));
    }
    NatRewrite.link(slot.frame(), sourceMac, conntrack.clientMac(flow));
    slot.forward(arm);
  }

  private static long sourceMac(Slot slot, int arm, ForwardingTable table) {
    long mac = table.armMac(arm);
    return mac == ForwardingTable.ANY_MAC
        ? Ethernet.getMac(slot.frame().buffer(), Ethernet.DESTINATION)
        : mac;
  }

  /**
   * All that an error changes of its flow is how long its packets may be: an arm that does not know
   * how a super-frame was to be cut has to cut it shorter, too.
   */
  private void forwardError(Slot slot, ForwardingTable table) {
    FlowTuple sought = tuple(slot);
    int flow =
        slot.isFromClient()
            ? conntrack.find(slot.flowHash(), sought, slot.nowNs())
            : conntrack.findReply(slot.flowHash(), sought, slot.nowNs());
    if (flow == Conntrack.NONE) {
      slot.refuse(Reason.ICMP);
      return;
    }
    if (slot.quoted().nextHopMtu() != 0) {
      conntrack.learnPath(flow, slot.quoted().nextHopMtu());
    }
    if (slot.isFromClient()) {
      errorToServer(slot, flow, table);
    } else {
      errorToClient(slot, flow, table);
    }
  }

  private void errorToServer(Slot slot, int flow, ForwardingTable table) {
    Hop hop = table.target(conntrack.serverId(flow)).hop();
    if (!hop.isResolved()) {
      slot.refuse(Reason.NO_NEXT_HOP);
      return;
    }
    count(flow, table, true, slot.frame().length());
    rewriteError(
        slot, flow, End.SERVER, conntrack.serverPort(flow), End.NAT, conntrack.natPort(flow));
    NatRewrite.link(slot.frame(), hop.sourceMac(), hop.destinationMac());
    slot.forward(hop.arm());
  }

  private void errorToClient(Slot slot, int flow, ForwardingTable table) {
    count(flow, table, false, slot.frame().length());
    long sourceMac = sourceMac(slot, conntrack.clientArm(flow), table);
    rewriteError(
        slot,
        flow,
        End.CLIENT,
        conntrack.clientPort(flow),
        End.SERVICE,
        conntrack.servicePort(flow));
    NatRewrite.link(slot.frame(), sourceMac, conntrack.clientMac(flow));
    slot.forward(conntrack.clientArm(flow));
  }

  private void rewriteError(
      Slot slot, int flow, End source, int sourcePort, End destination, int destinationPort) {
    UnsafeBuffer bytes = slot.frame().buffer();
    if (slot.quoted().isIpv6()) {
      ErrorRewrite.rewrite(
          bytes,
          slot.headers(),
          slot.quoted(),
          conntrack.high(flow, source),
          conntrack.low(flow, source),
          sourcePort,
          conntrack.high(flow, destination),
          conntrack.low(flow, destination),
          destinationPort);
    } else {
      ErrorRewrite.rewrite(
          bytes,
          slot.headers(),
          slot.quoted(),
          (int) conntrack.low(flow, source),
          sourcePort,
          (int) conntrack.low(flow, destination),
          destinationPort);
    }
  }

  private void rewriteIpv6(
      Slot slot, int flow, End source, int sourcePort, End destination, int destinationPort) {
    NatRewrite.rewrite(
        slot.frame(),
        slot.headers(),
        conntrack.high(flow, source),
        conntrack.low(flow, source),
        sourcePort,
        conntrack.high(flow, destination),
        conntrack.low(flow, destination),
        destinationPort);
  }

  private static void noteAnswer(Target target, int flags) {
    if ((flags & Tcp.RST) != 0) {
      target.server().flows().failed();
    } else if ((flags & Tcp.SYN) != 0) {
      target.server().flows().succeeded();
    }
  }

  /**
   * Says how a super-frame is to be cut when its source could not: into what the ends of the
   * connection have announced that they take. A path may have less room than our own interfaces.
   */
  private void limitPackets(Slot slot, int flow) {
    Headers headers = slot.headers();
    if (headers.protocol() != Ipv4.PROTOCOL_TCP || headers.isFragment()) {
      return;
    }
    Frame frame = slot.frame();
    if ((headers.tcpFlags() & Tcp.SYN) != 0) {
      conntrack.announce(flow, PacketLimit.announced(frame.buffer(), headers));
    } else if (frame.gsoSize() == 0 && headers.packetLength() > conntrack.packetLimit(flow)) {
      frame.packetLimit(conntrack.packetLimit(flow));
    }
  }

  private void count(int flow, ForwardingTable table, boolean fromClient, int bytes) {
    table.target(conntrack.serverId(flow)).traffic().get(worker).carried(fromClient, bytes);
    table.frontend(conntrack.serviceId(flow)).traffic().get(worker).carried(fromClient, bytes);
  }
}
