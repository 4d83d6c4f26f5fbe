package io.headrace.conntrack;

import net.openhft.chronicle.map.ChronicleMap;

/**
 * One worker's way into the flow file. The map is shared by all workers; key and value are this
 * one's own, used again and again.
 *
 * <p>A file that is full, damaged under our feet, or on a full disk costs the durable copy of a
 * flow, never the flow.
 */
final class ChronicleFlowStore implements FlowStore {
  private final FlowKey key = FlowKey.detached();
  private final FlowValue value = FlowValue.detached();
  private final ChronicleMap<FlowKey, FlowValue> map;
  private final int[] armIds;

  /**
   * @param armIds what stands for each arm in the file
   */
  ChronicleFlowStore(ChronicleMap<FlowKey, FlowValue> map, int[] armIds) {
    this.map = map;
    this.armIds = armIds.clone();
  }

  @Override
  public boolean put(FlowRecords flows, int flow) {
    try {
      keyOf(flows, flow);
      value.set(
          flows.keyAddresses(flow, FlowRecords.REPLY_KEY),
          FlowRecords.linkOf(flows.clientMac(flow), armIds[flows.clientArm(flow)]),
          flows.keyPorts(flow, FlowRecords.REPLY_KEY),
          flows.packetLimit(flow));
      map.put(key, value);
      return true;
    } catch (RuntimeException | InternalError e) {
      // InternalError is how the JVM tells that a page of a mapped file could not be had.
      return false;
    }
  }

  @Override
  public boolean remove(FlowRecords flows, int flow) {
    try {
      keyOf(flows, flow);
      map.remove(key);
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
