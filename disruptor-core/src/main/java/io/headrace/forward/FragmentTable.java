package io.headrace.forward;

import io.headrace.conntrack.FlowHash;
import io.headrace.conntrack.FlowTuple;
import io.headrace.packet.Headers;
import java.util.Arrays;

/**
 * Which ports the fragments of a packet belong to: only the first has them. It keeps what has come
 * of each packet, too, so that a fragment is found that overlaps another: of such a packet nothing
 * goes on (RFC 5722).
 *
 * <p>Bounded: sets of a few places, where the oldest makes room. A packet is forgotten when it is
 * complete, or after half a minute, as by the kernel (net.ipv4.ipfrag_time). Allocates nothing once
 * it is made. Not thread-safe.
 */
final class FragmentTable {
  private static final int SETS = 256;
  private static final int WAYS = 4;
  private static final long LIFE_NS = 30_000_000_000L;

  private final FlowHash hash;
  private final FlowTuple tuple = new FlowTuple();
  private final Packet[] packets = new Packet[SETS * WAYS];

  /** What has come of one packet. */
  private static final class Packet {
    /** Fragments begin at multiples of as many bytes. */
    private static final int UNIT = 8;

    private static final int MOST_UNITS = 65_536 / UNIT;

    private long key;
    private boolean used;
    private long firstSeenNs;
    private int sourcePort;
    private int destinationPort;
    private boolean overlaps;
    private int units;
    private int allUnits;
    private final long[] seen = new long[MOST_UNITS / Long.SIZE];

    boolean is(long sought, long nowNs) {
      return used && key == sought && nowNs - firstSeenNs < LIFE_NS;
    }

    void begin(long of, Headers headers, long nowNs) {
      key = of;
      used = true;
      firstSeenNs = nowNs;
      sourcePort = headers.sourcePort();
      destinationPort = headers.destinationPort();
      overlaps = false;
      units = 0;
      allUnits = MOST_UNITS;
      Arrays.fill(seen, 0);
    }

    /** Notes which part has come, unless some of it had come before. */
    boolean takes(Headers headers) {
      int first = headers.fragmentOffset() / UNIT;
      int end = first + (headers.fragmentLength() + UNIT - 1) / UNIT;
      if (!headers.hasMoreFragments()) {
        allUnits = Math.min(allUnits, end);
      }
      overlaps |= end > allUnits;
      for (int unit = first; unit < end && !overlaps; unit++) {
        long bit = 1L << unit;
        overlaps = (seen[unit / Long.SIZE] & bit) != 0;
        seen[unit / Long.SIZE] |= bit;
        units++;
      }
      used = overlaps || units < allUnits;
      return !overlaps;
    }
  }

  /**
   * @param hash by a key that senders do not know: they cannot choose whom they crowd out
   */
  FragmentTable(FlowHash hash) {
    this.hash = hash;
    Arrays.setAll(packets, i -> new Packet());
  }

  /**
   * Remembers the ports of a packet by its first fragment.
   *
   * @return whether it may go on: it overlaps with none
   */
  boolean admitFirst(Headers headers, long nowNs) {
    long key = key(headers);
    Packet packet = find(key, nowNs);
    if (packet == null) {
      packet = place(key, nowNs);
      packet.begin(key, headers, nowNs);
    }
    return packet.takes(headers);
  }

  /**
   * Gives a fragment that is not the first the ports of its packet.
   *
   * @return the reason why it may not go on, or null
   */
  Reason refuseLater(Headers headers, long nowNs) {
    Packet packet = find(key(headers), nowNs);
    if (packet == null) {
      return Reason.FRAGMENT;
    }
    if (!packet.takes(headers)) {
      return Reason.FRAGMENT_OVERLAP;
    }
    headers.packetPorts(packet.sourcePort, packet.destinationPort);
    return null;
  }

  private Packet find(long key, long nowNs) {
    int set = set(key);
    for (int i = set; i < set + WAYS; i++) {
      if (packets[i].is(key, nowNs)) {
        return packets[i];
      }
    }
    return null;
  }

  private Packet place(long key, long nowNs) {
    int set = set(key);
    Packet oldest = packets[set];
    for (int i = set; i < set + WAYS; i++) {
      Packet packet = packets[i];
      if (!packet.used || nowNs - packet.firstSeenNs >= LIFE_NS) {
        return packet;
      }
      if (packet.firstSeenNs - oldest.firstSeenNs < 0) {
        oldest = packet;
      }
    }
    return oldest;
  }

  private static int set(long key) {
    return (int) (key & SETS - 1) * WAYS;
  }

  /** Of its addresses, its protocol and its identification: one packet in 2^64 has another's. */
  private long key(Headers headers) {
    int low = headers.identification() & 0xFFFF;
    int high = headers.identification() >>> 16;
    return hash.tuple(
        headers.isIpv6()
            ? tuple.ipv6(
                hash,
                headers.protocol(),
                headers.sourceHigh(),
                headers.sourceLow(),
                low,
                headers.destinationHigh(),
                headers.destinationLow(),
                high)
            : tuple.ipv4(
                headers.protocol(),
                headers.sourceAddress(),
                low,
                headers.destinationAddress(),
                high));
  }
}
