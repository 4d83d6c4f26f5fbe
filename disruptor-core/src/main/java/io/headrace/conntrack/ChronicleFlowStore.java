package io.headrace.conntrack;

import io.headrace.conntrack.FlowRecords.End;

/**
 * One worker's way into the flow file. The maps are shared by all workers; key and values are this
 * one's own, used again and again.
 *
 * <p>A file that is full, damaged under our feet, or on a full disk costs the durable copy of a
 * flow, never the flow.
 */
final class ChronicleFlowStore implements FlowStore {
  private static final End[] ENDS = End.values();

  private final FlowKey key = FlowKey.detached();
  private final FlowValue value = new FlowValue();
  private final Ipv6FlowValue ipv6Value = new Ipv6FlowValue();
  private final FlowFile file;
  private final int[] armIds;

  /**
   * @param armIds what stands for each arm in the file
   */
  ChronicleFlowStore(FlowFile file, int[] armIds) {
    this.file = file;
    this.armIds = armIds.clone();
    value.detach();
    ipv6Value.detach();
  }

  @Override
  public boolean put(FlowRecords flows, int flow) {
    try {
      keyOf(flows, flow);
      if (!flows.isIpv6(flow)) {
        fill(value, flows, flow);
        file.ipv4().map().put(key, value);
        return true;
      }
      FlowMap map = file.ipv6();
      if (map == null) {
        return false;
      }
      fill(ipv6Value, flows, flow);
      for (End end : ENDS) {
        ipv6Value.address(end, flows.high(flow, end), flows.low(flow, end));
      }
      map.map().put(key, ipv6Value);
      return true;
    } catch (RuntimeException | InternalError e) {
      // InternalError is how the JVM tells that a page of a mapped file could not be had.
      return false;
    }
  }

  private void fill(FlowValue into, FlowRecords flows, int flow) {
    into.set(
        flows.keyAddresses(flow, FlowRecords.REPLY_KEY),
        FlowRecords.linkOf(flows.clientMac(flow), armIds[flows.clientArm(flow)]),
        flows.keyPorts(flow, FlowRecords.REPLY_KEY),
        flows.packetLimit(flow));
  }

  @Override
  public boolean remove(FlowRecords flows, int flow) {
    try {
      keyOf(flows, flow);
      FlowMap map = flows.isIpv6(flow) ? file.ipv6() : file.ipv4();
      if (map == null) {
        return false;
      }
      map.map().remove(key);
      return true;
    } catch (RuntimeException | InternalError e) {
      return false;
    }
  }

  private void keyOf(FlowRecords flows, int flow) {
    key.set(
        flows.keyAddresses(flow, FlowRecords.CLIENT_KEY),
        flows.keyPorts(flow, FlowRecords.CLIENT_KEY),
        flows.protocol(flow));
  }
}
