package io.headrace.offload;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.headrace.bpf.BpfMapWriter;
import io.headrace.packet.Ethernet;
import io.headrace.packet.IpAddress;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives the directions of flows to the kernel, takes them back, and reads what it has counted. A
 * flow has two entries, an even number and the next, one for each direction; addresses are as
 * {@link IpAddress} has them, MACs in the low 48 bits, and interfaces by their place among those
 * that were opened. Allocates nothing. For one thread; others may write other entries.
 *
 * <p>What comes in one direction has the ends that what goes out in the other has: so the key of a
 * direction follows from the entry of the other, which has to be written even if no frames come
 * that way.
 */
public final class FlowWriter {
  private static final int LONGEST_PACKET = 0xffff;

  /** No frame has passed yet. */
  public static final long NEVER = 0;

  private final List<KernelFlows.Port> ports;
  private final UnsafeBuffer entries;
  private final UnsafeBuffer addresses;
  private final BpfMapWriter ipv4Flows;
  private final BpfMapWriter ipv6Flows;

  FlowWriter(List<KernelFlows.Port> ports, FlowMaps maps) {
    this.ports = ports;
    this.entries = maps.entries().memory();
    this.addresses = maps.addresses().memory();
    this.ipv4Flows = flows(maps, Family.IPV4);
    this.ipv6Flows = flows(maps, Family.IPV6);
  }

  private static BpfMapWriter flows(FlowMaps maps, Family family) {
    return new BpfMapWriter(
        maps.flows(family), FlowKey.length(family), Integer.BYTES, FlowEntry.PER_FLOW);
  }

  /** Nothing changes but where it goes. Only for an entry that no key leads to. */
  public FlowWriter clear(int entry) {
    entries.setMemory(at(entry), FlowEntry.LENGTH, (byte) 0);
    return this;
  }

  /** Which addresses and ports it gets. Only for an entry that no key leads to. */
  public FlowWriter rewrite(
      int entry,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {
    clear(entry);
    int at = at(entry);
    // A client of IPv6 may claim an address that looks like one of IPv4: what it talks to may not.
    if (IpAddress.isIpv6(sourceHigh, sourceLow)
        || IpAddress.isIpv6(destinationHigh, destinationLow)) {
      int atAddresses = atAddresses(entry);
      putAddress(atAddresses + FlowAddresses.SOURCE, sourceHigh, sourceLow);
      putAddress(atAddresses + FlowAddresses.DESTINATION, destinationHigh, destinationLow);
    } else {
      entries.putInt(at + FlowEntry.SOURCE, (int) sourceLow, BIG_ENDIAN);
      entries.putInt(at + FlowEntry.DESTINATION, (int) destinationLow, BIG_ENDIAN);
    }
    entries.putInt(at + FlowEntry.PORTS, sourcePort << Short.SIZE | destinationPort, BIG_ENDIAN);
    return this;
  }

  private void putAddress(int at, long high, long low) {
    addresses.putLong(at, high, BIG_ENDIAN);
    addresses.putLong(at + Long.BYTES, low, BIG_ENDIAN);
  }

  /**
   * Where it goes; after {@link #rewrite} or {@link #clear}.
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

  /** From where alone it comes; likewise. */
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

  /**
   * From here on the kernel forwards a flow, in the directions that go somewhere; after both were
   * written. One system call.
   *
   * @param flow the even one of its entries
   * @return false when it has no room: then it forwards neither
   */
  public boolean put(int flow, int protocol) {
    BpfMapWriter map = map(flow);
    int directions = key(flow, protocol, map);
    int put = map.put(directions);
    if (put < directions) {
      map.remove(put);
      return false;
    }
    return true;
  }

  /**
   * From here on the pipeline has it again; false when the kernel did not have it. What was counted
   * stays in the entries. One system call.
   *
   * @param flow as for {@link #put}
   */
  public boolean remove(int flow, int protocol) {
    BpfMapWriter map = map(flow);
    int directions = key(flow, protocol, map);
    return map.remove(directions) == directions;
  }

  private BpfMapWriter map(int flow) {
    return isIpv6(flow) ? ipv6Flows : ipv4Flows;
  }

  /** By whom the answers go to, which is written for every flow. */
  private boolean isIpv6(int flow) {
    return entries.getInt(at(flow ^ 1) + FlowEntry.DESTINATION) == 0;
  }

  /** Says which keys lead to which entries; returns how many do. */
  private int key(int flow, int protocol, BpfMapWriter map) {
    Family family = Family.of(isIpv6(flow));
    int directions = 0;
    for (int entry = flow; entry < flow + FlowEntry.PER_FLOW; entry++) {
      boolean goesSomewhere = entries.getInt(at(entry) + FlowEntry.TO) != 0;
      if (goesSomewhere) {
        key(entry, protocol, family, map.keys(), directions * FlowKey.length(family));
        map.values().putInt(directions * Integer.BYTES, entry);
        directions++;
      }
    }
    return directions;
  }

  private void key(int entry, int protocol, Family family, UnsafeBuffer keys, int to) {
    int answer = entry ^ 1;
    int at = at(answer);
    int length = family.addressLength();
    int toSource = to + FlowKey.SOURCE;
    int toDestination = to + FlowKey.destination(family);
    if (family == Family.IPV6) {
      int atAddresses = atAddresses(answer);
      keys.putBytes(toSource, addresses, atAddresses + FlowAddresses.DESTINATION, length);
      keys.putBytes(toDestination, addresses, atAddresses + FlowAddresses.SOURCE, length);
    } else {
      keys.putBytes(toSource, entries, at + FlowEntry.DESTINATION, length);
      keys.putBytes(toDestination, entries, at + FlowEntry.SOURCE, length);
    }
    int atPorts = at + FlowEntry.PORTS;
    keys.putShort(to + FlowKey.sourcePort(family), entries.getShort(atPorts + Short.BYTES));
    keys.putShort(to + FlowKey.destinationPort(family), entries.getShort(atPorts));
    keys.putInt(to + FlowKey.protocol(family), protocol);
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

  private static int atAddresses(int entry) {
    return entry * FlowAddresses.LENGTH;
  }
}
