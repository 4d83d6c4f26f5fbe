package io.headrace.conntrack;

import io.headrace.packet.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The records of a flow table in one off-heap region, 64 bytes each: a cache line, so that a frame
 * of a known flow touches one line here. A flow is named by the index of its record. Integers are
 * little-endian; a record whose state is 0 is free.
 *
 * <pre>
 *    0        4        8        12       16       20       24
 *   +--------+--------+--------+--------+----+----+----+----+
 *   | client | service| server | NAT    |cli-|ser-|ser-|NAT |
 *   | address| address| address| address|ent |vice|ver |port|
 *   +--------+--------+--------+--------+----+----+----+----+
 *    24  25  26  27   28       32       36       40       44   46   48
 *   +---+---+---+---+--------+--------+--------+--------+----+----+
 *   |pro|sta|sto|hea| server | service| next   | prev-  |slot|pac-|
 *   |to |te |red|rd | id     | id     | in slot| ious   |    |ket |
 *   +---+---+---+---+--------+--------+--------+--------+----+----+
 *    48               56            62   64
 *   +----------------+-------------+----+
 *   | deadline in ns | client MAC  |arm |
 *   +----------------+-------------+----+
 * </pre>
 *
 * Client and service, and server and NAT, stand side by side: each pair is the key of one index. A
 * flow of IPv6 has the numbers of {@link FlowTuple} there, and its addresses in a line of their
 * own, in a second region that only such flows touch. Addresses are in host order, MACs in the low
 * 48 bits; "heard" is who has spoken since the last RST, "slot" that of the timer wheel, "packet"
 * the longest packet that both ends take. The accessors are for flows that exist; single reader and
 * writer, the worker that owns the table.
 */
public abstract sealed class FlowRecords permits FlowTable {
  static final int NIL = -1;
  static final int CLIENT_KEY = 0;
  static final int REPLY_KEY = 1;

  private static final int LENGTH = 64;
  private static final int ADDRESSES = 0;
  private static final int PORTS = 16;
  private static final int PROTOCOL = 24;
  private static final int STATE = 25;
  private static final int STORED = 26;
  private static final int HEARD = 27;
  private static final int SERVER_ID = 28;
  private static final int SERVICE_ID = 32;
  private static final int NEXT = 36;
  private static final int PREVIOUS = 40;
  private static final int SLOT = 44;
  private static final int PACKET_LIMIT = 46;
  private static final int DEADLINE = 48;
  private static final int LINK = 56;
  private static final int ARM_SHIFT = 48;
  private static final long MAC_MASK = (1L << ARM_SHIFT) - 1;

  private static final ValueLayout.OfLong INT64 =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT32 =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfChar UINT16 =
      ValueLayout.JAVA_CHAR.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfByte INT8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
  private static final FlowState[] STATES = FlowState.values();

  /** One of the four addresses and ports that a flow has, in the order of the record. */
  public enum End {
    CLIENT,
    SERVICE,
    SERVER,
    NAT
  }

  private final MemorySegment records;

  /** Of flows of IPv6: two words for each end. */
  private final MemorySegment addresses;

  private final int capacity;
  private int free = NIL;
  private int untouched;

  FlowRecords(Arena arena, int capacity) {
    this.records = ZeroedMemory.allocate(arena, (long) capacity * LENGTH);
    this.addresses = ZeroedMemory.allocate(arena, (long) capacity * LENGTH);
    this.capacity = capacity;
  }

  /** Two addresses, or the addresses of a key, as they stand in a record. */
  static long pair(int first, int second) {
    return Integer.toUnsignedLong(first) | (long) second << 32;
  }

  static int portPair(int first, int second) {
    return first | second << 16;
  }

  /** How many flows fit. */
  public int capacity() {
    return capacity;
  }

  public int protocol(int flow) {
    return kind(flow) & ~FlowTuple.IPV6;
  }

  public boolean isIpv6(int flow) {
    return (kind(flow) & FlowTuple.IPV6) != 0;
  }

  /** The protocol, with {@link FlowTuple#IPV6}. */
  final int kind(int flow) {
    return records.get(INT8, at(flow, PROTOCOL));
  }

  /** Of an address of either family, as {@link IpAddress} has it. */
  public long high(int flow, End end) {
    return isIpv6(flow) ? addresses.get(WORD, word(flow, end)) : IpAddress.IPV4_HIGH;
  }

  /** Of an address of either family, as {@link IpAddress} has it. */
  public long low(int flow, End end) {
    return isIpv6(flow)
        ? addresses.get(WORD, word(flow, end) + Long.BYTES)
        : IpAddress.ipv4Low(records.get(INT32, at(flow, ADDRESSES + 4 * end.ordinal())));
  }

  final int port(int flow, End end) {
    return records.get(UINT16, at(flow, PORTS + 2 * end.ordinal()));
  }

  public FlowState state(int flow) {
    return STATES[records.get(INT8, at(flow, STATE)) - 1];
  }

  /** As {@link #state}, and null for a free record. Any thread. */
  final FlowState stateOrNull(int flow) {
    int state = records.get(INT8, at(flow, STATE));
    return state == 0 ? null : STATES[state - 1];
  }

  /** Of a flow of IPv4, as the other three. */
  public int clientAddress(int flow) {
    return records.get(INT32, at(flow, ADDRESSES));
  }

  public int clientPort(int flow) {
    return records.get(UINT16, at(flow, PORTS));
  }

  public int serviceAddress(int flow) {
    return records.get(INT32, at(flow, ADDRESSES + 4));
  }

  public int servicePort(int flow) {
    return records.get(UINT16, at(flow, PORTS + 2));
  }

  public int serverAddress(int flow) {
    return records.get(INT32, at(flow, ADDRESSES + 8));
  }

  public int serverPort(int flow) {
    return records.get(UINT16, at(flow, PORTS + 4));
  }

  public int natAddress(int flow) {
    return records.get(INT32, at(flow, ADDRESSES + 12));
  }

  public int natPort(int flow) {
    return records.get(UINT16, at(flow, PORTS + 6));
  }

  public int bucket(int flow) {
    return NatPorts.bucketOf(natPort(flow));
  }

  public int serverId(int flow) {
    return records.get(INT32, at(flow, SERVER_ID));
  }

  public int serviceId(int flow) {
    return records.get(INT32, at(flow, SERVICE_ID));
  }

  /**
   * The longest packet that both ends of a TCP connection take, in bytes; 0 before {@link
   * Conntrack#announce}.
   */
  public int packetLimit(int flow) {
    return records.get(UINT16, at(flow, PACKET_LIMIT));
  }

  /**
   * Where the client's frames come from: the source address of their Ethernet header; 0 before
   * {@link Conntrack#clientLink}.
   */
  public long clientMac(int flow) {
    return macOf(link(flow));
  }

  /** Where the client's frames come from: the index of the interface. */
  public int clientArm(int flow) {
    return armOf(link(flow));
  }

  /** When the flow ends unless a frame comes, on the clock that the caller gives. */
  public long deadlineNs(int flow) {
    return records.get(INT64, at(flow, DEADLINE));
  }

  /**
   * Takes a free record, or {@link #NIL}. The lowest come first: what was never used stays
   * untouched memory.
   */
  final int take() {
    int flow = free;
    if (flow != NIL) {
      free = next(flow);
      return flow;
    }
    return untouched < capacity ? untouched++ : NIL;
  }

  final void give(int flow) {
    records.set(INT32, at(flow, PROTOCOL), 0);
    records.set(INT64, at(flow, LINK), 0);
    packetLimit(flow, 0);
    next(flow, free);
    free = flow;
  }

  final void write(
      int flow,
      FlowTuple client,
      long replyAddresses,
      int replyPorts,
      IpAddress server,
      IpAddress nat) {
    records.set(INT64, at(flow, ADDRESSES), client.addresses());
    records.set(INT64, at(flow, ADDRESSES + 8), replyAddresses);
    records.set(INT32, at(flow, PORTS), client.ports());
    records.set(INT32, at(flow, PORTS + 4), replyPorts);
    records.set(INT8, at(flow, PROTOCOL), (byte) client.kind());
    if (client.isIpv6()) {
      address(flow, End.CLIENT, client.sourceHigh(), client.sourceLow());
      address(flow, End.SERVICE, client.destinationHigh(), client.destinationLow());
      address(flow, End.SERVER, server.high(), server.low());
      address(flow, End.NAT, nat.high(), nat.low());
    }
  }

  private void address(int flow, End end, long high, long low) {
    addresses.set(WORD, word(flow, end), high);
    addresses.set(WORD, word(flow, end) + Long.BYTES, low);
  }

  private static long word(int flow, End end) {
    return (long) flow * LENGTH + 2L * Long.BYTES * end.ordinal();
  }

  final void ids(int flow, int serverId, int serviceId) {
    records.set(INT32, at(flow, SERVER_ID), serverId);
    records.set(INT32, at(flow, SERVICE_ID), serviceId);
  }

  final void state(int flow, FlowState state) {
    records.set(INT8, at(flow, STATE), (byte) (state.ordinal() + 1));
  }

  /** Records from here on were never used. */
  final int untouched() {
    return untouched;
  }

  final boolean isFree(int flow) {
    return records.get(INT8, at(flow, STATE)) == 0;
  }

  final boolean isStored(int flow) {
    return records.get(INT8, at(flow, STORED)) != 0;
  }

  final void stored(int flow, boolean stored) {
    records.set(INT8, at(flow, STORED), (byte) (stored ? 1 : 0));
  }

  /** Who has spoken since the last RST: bits of {@link Conntrack}. */
  final int heard(int flow) {
    return records.get(INT8, at(flow, HEARD));
  }

  final void heard(int flow, int value) {
    records.set(INT8, at(flow, HEARD), (byte) value);
  }

  final void deadlineNs(int flow, long value) {
    records.set(INT64, at(flow, DEADLINE), value);
  }

  final void packetLimit(int flow, int bytes) {
    records.set(UINT16, at(flow, PACKET_LIMIT), (char) bytes);
  }

  /** MAC and arm, as they stand in the record. */
  final long link(int flow) {
    return records.get(INT64, at(flow, LINK));
  }

  static long macOf(long link) {
    return link & MAC_MASK;
  }

  static long linkOf(long mac, int arm) {
    return mac | (long) arm << ARM_SHIFT;
  }

  static int armOf(long link) {
    return (int) (link >>> ARM_SHIFT);
  }

  /** Keeps MAC and arm; true when they are others than before. */
  final boolean link(int flow, long mac, int arm) {
    long link = linkOf(mac, arm);
    if (link(flow) == link) {
      return false;
    }
    records.set(INT64, at(flow, LINK), link);
    return true;
  }

  /** The addresses of one of a flow's two keys. */
  final long keyAddresses(int flow, int key) {
    return records.get(INT64, at(flow, ADDRESSES + 8 * key));
  }

  /** The ports of one of a flow's two keys. */
  final int keyPorts(int flow, int key) {
    return records.get(INT32, at(flow, PORTS + 4 * key));
  }

  final int next(int flow) {
    return records.get(INT32, at(flow, NEXT));
  }

  final void next(int flow, int value) {
    records.set(INT32, at(flow, NEXT), value);
  }

  final int previous(int flow) {
    return records.get(INT32, at(flow, PREVIOUS));
  }

  final void previous(int flow, int value) {
    records.set(INT32, at(flow, PREVIOUS), value);
  }

  final int slot(int flow) {
    return records.get(UINT16, at(flow, SLOT));
  }

  final void slot(int flow, int value) {
    records.set(UINT16, at(flow, SLOT), (char) value);
  }

  private static long at(int flow, int field) {
    return (long) flow * LENGTH + field;
  }
}
