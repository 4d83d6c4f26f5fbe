package io.headrace.conntrack;

import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.values.Values;

/**
 * One worker's way into the flow file. The map is shared by all workers; key and value are this
 * one's own, used again and again.
 *
 * <p>A file that is full, damaged under our feet, or on a full disk costs the durable copy of a
 * flow, never the flow.
 */
final class ChronicleFlowStore implements FlowStore {
  private final FlowKey key = Values.newHeapInstance(FlowKey.class);
  private final FlowValue value = Values.newHeapInstance(FlowValue.class);
  private final ChronicleMap<FlowKey, FlowValue> map;

  ChronicleFlowStore(ChronicleMap<FlowKey, FlowValue> map) {
    this.map = map;
  }

  @Override
  public boolean put(FlowRecords flows, int flow) {
    try {
      keyOf(flows, flow);
      value.setAddresses(flows.keyAddresses(flow, FlowRecords.REPLY_KEY));
      value.setPorts(flows.keyPorts(flow, FlowRecords.REPLY_KEY));
      value.setLink(flows.link(flow));
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
    key.setAddresses(flows.keyAddresses(flow, FlowRecords.CLIENT_KEY));
    key.setPorts(flows.keyPorts(flow, FlowRecords.CLIENT_KEY));
    key.setProtocol(flows.protocol(flow));
  }
}
