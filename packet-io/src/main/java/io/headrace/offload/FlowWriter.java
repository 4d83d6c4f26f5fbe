package io.headrace.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.bpf.BpfMap;
import io.headrace.bpf.BpfMapWriter;
import io.headrace.packet.Ethernet;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives the directions of flows to the kernel, takes them back, and reads what it has counted. A
 * direction is known by the number of its entry; addresses are in host order, MACs in the low 48
 * bits, and interfaces by their place among those that were opened. Allocates nothing. For one
 * thread; others may write other entries.
 */
public final class FlowWriter {
  private static final int LONGEST_PACKET = 0xffff;

  /** No frame has passed yet. */
  public static final long NEVER = 0;

  private final List<KernelFlows.Port> ports;
  private final UnsafeBuffer entries;
  private final BpfMapWriter flows;

  FlowWriter(List<KernelFlows.Port> ports, BpfMap flows, UnsafeBuffer entries) {
    this.ports = ports;
    this.entries = entries;
    this.flows = new BpfMapWriter(flows, FlowKey.LENGTH, Integer.BYTES);
  }

  /** What a frame of the direction has, before {@link #put} and {@link #remove}. */
  public FlowWriter key(
      int protocol, int source, int sourcePort, int destination, int destinationPort) {
    UnsafeBuffer key = flows.key();
    key.putInt(FlowKey.SOURCE, source, BIG_ENDIAN);
    key.putInt(FlowKey.DESTINATION, destination, BIG_ENDIAN);
    key.putShort(FlowKey.SOURCE_PORT, (short) sourcePort, BIG_ENDIAN);
    key.putShort(FlowKey.DESTINATION_PORT, (short) destinationPort, BIG_ENDIAN);
    key.putInt(FlowKey.PROTOCOL, protocol);
    return this;
  }

  /** Which addresses and ports it gets. Only for an entry that no key leads to. */
  public FlowWriter rewrite(
      int entry, int source, int sourcePort, int destination, int destinationPort) {
    int at = at(entry);
    entries.setMemory(at, FlowEntry.LENGTH, (byte) 0);
    entries.putInt(at + FlowEntry.SOURCE, source, BIG_ENDIAN);
    entries.putInt(at + FlowEntry.DESTINATION, destination, BIG_ENDIAN);
    entries.putInt(at + FlowEntry.PORTS, sourcePort << Short.SIZE | destinationPort, BIG_ENDIAN);
    return this;
  }

  /**
   * Where it goes; after {@link #rewrite}.
   *
   * @param port the interface
   * @param mtu longer packets are left to the pipeline
   */
  public FlowWriter send(int entry, int port, long sourceMac, long destinationMac, int mtu) {
    int at = at(entry);
    entries.putInt(at + FlowEntry.TO, ports.get(port).index());
    Ethernet.putMac(entries, at + FlowEntry.SOURCE_MAC, sourceMac);
    Ethernet.putMac(entries, at + FlowEntry.DESTINATION_MAC, destinationMac);
    entries.putShort(at + FlowEntry.MTU, (short) Math.min(mtu, LONGEST_PACKET));
    return this;
  }

  /** From where alone it comes; after {@link #rewrite}. */
  public FlowWriter only(int entry, int port, long sourceMac) {
    int at = at(entry);
    entries.putInt(at + FlowEntry.FROM, ports.get(port).index());
    Ethernet.putMac(entries, at + FlowEntry.ONLY_MAC, sourceMac);
    return this;
  }

  /** Whether it goes there. */
  public boolean sends(int entry, int port, long sourceMac, long destinationMac) {
    int at = at(entry);
    return entries.getInt(at + FlowEntry.TO) == ports.get(port).index()
        && Ethernet.getMac(entries, at + FlowEntry.SOURCE_MAC) == sourceMac
        && Ethernet.getMac(entries, at + FlowEntry.DESTINATION_MAC) == destinationMac;
  }

  /** From here on the kernel forwards it; false when it has no room. */
  public boolean put(int entry) {
    flows.value().putInt(0, entry);
    return flows.put();
  }

  /**
   * From here on the pipeline has it again; false when the kernel did not have it. What was counted
   * stays in the entry.
   */
  public boolean remove() {
    return flows.remove();
  }

  /** Frames that were forwarded since the last call. */
  public long takeFrames(int entry) {
    return take(at(entry) + FlowEntry.FRAMES);
  }

  /** Their bytes, likewise. */
  public long takeBytes(int entry) {
    return take(at(entry) + FlowEntry.BYTES);
  }

  private long take(int at) {
    return entries.getLongVolatile(at) == 0 ? 0 : entries.getAndSetLong(at, 0);
  }

  /** When the last frame passed, by the monotonic clock, to about 4 ms; {@link #NEVER}. */
  public long lastSeenNs(int entry) {
    return entries.getLongVolatile(at(entry) + FlowEntry.LAST_SEEN);
  }

  private static int at(int entry) {
    return entry * FlowEntry.LENGTH;
  }
}
