package io.headrace.forward;

import io.headrace.config.DsrConfig.Way;
import io.headrace.config.Mode;
import io.headrace.config.Source;
import io.headrace.conntrack.OneWayFlows;
import io.headrace.offload.FlowWriter;
import io.headrace.packet.Headers;
import io.headrace.packet.IpAddress;
import io.headrace.registry.Service;

/**
 * Those of {@link HashForwarder}. They do not know their client: the frame that is being forwarded
 * does.
 */
public final class HashFlows implements OffloadableFlows {
  private final OneWayFlows flows;
  private Slot slot;

  public HashFlows(OneWayFlows flows) {
    this.flows = flows;
  }

  /** This frame is being forwarded now. */
  void forwarding(Slot slot) {
    this.slot = slot;
  }

  @Override
  public int capacity() {
    return flows.capacity();
  }

  @Override
  public boolean mayGo(int flow, ForwardingTable table) {
    return flows.isOpen(OneWayFlows.numbered(flow)) && isRewritten(service(flow, table));
  }

  private static boolean isRewritten(Service service) {
    if (service.mode() == Mode.DSR) {
      Way way = service.dsr().way();
      return (way == Way.NAT || way == Way.L2) && !service.dsr().onePacket();
    }
    return service.source() == Source.CLIENT;
  }

  private Service service(int flow, ForwardingTable table) {
    return table.frontend(serviceId(flow)).service();
  }

  @Override
  public int protocol(int flow, ForwardingTable table) {
    return service(flow, table).protocol().number();
  }

  @Override
  public int serverId(int flow) {
    return flows.serverId(OneWayFlows.numbered(flow));
  }

  @Override
  public int serviceId(int flow) {
    return flows.serviceId(OneWayFlows.numbered(flow));
  }

  @Override
  public boolean isAnswered(int flow, ForwardingTable table) {
    return service(flow, table).mode() != Mode.DSR;
  }

  @Override
  public int clientArm(int flow) {
    return flows.clientArm(OneWayFlows.numbered(flow));
  }

  @Override
  public long clientMac(int flow) {
    return flows.clientMac(OneWayFlows.numbered(flow));
  }

  @Override
  public void seen(int flow, int protocol, long atNs) {
    flows.seen(OneWayFlows.numbered(flow), protocol, atNs);
  }

  @Override
  public void rewriteToServer(int flow, ForwardingTable table, int entry, FlowWriter kernel) {
    Service service = service(flow, table);
    if (service.mode() == Mode.DSR && service.dsr().way() == Way.L2) {
      kernel.clear(entry);
      return;
    }
    Target target = table.target(serverId(flow));
    IpAddress server = target.address();
    kernel.rewrite(
        entry, clientHigh(), clientLow(), clientPort(), server.high(), server.low(), target.port());
  }

  @Override
  public void rewriteToClient(int flow, ForwardingTable table, int entry, FlowWriter kernel) {
    Frontend frontend = slot.frontend();
    IpAddress service = frontend.address();
    kernel.rewrite(
        entry,
        service.high(),
        service.low(),
        frontend.port(),
        clientHigh(),
        clientLow(),
        clientPort());
  }

  private long clientHigh() {
    Headers headers = slot.headers();
    if (!headers.isIpv6()) {
      return IpAddress.IPV4_HIGH;
    }
    return slot.isFromClient() ? headers.sourceHigh() : headers.destinationHigh();
  }

  private long clientLow() {
    Headers headers = slot.headers();
    boolean source = slot.isFromClient();
    if (headers.isIpv6()) {
      return source ? headers.sourceLow() : headers.destinationLow();
    }
    return IpAddress.ipv4Low(source ? headers.sourceAddress() : headers.destinationAddress());
  }

  private int clientPort() {
    Headers headers = slot.headers();
    return slot.isFromClient() ? headers.sourcePort() : headers.destinationPort();
  }
}
