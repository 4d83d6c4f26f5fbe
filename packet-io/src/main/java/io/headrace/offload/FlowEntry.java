package io.headrace.offload;

/**
 * What the kernel does with the frames of one direction of a flow, and what it has done: an entry
 * of a mapped array, a cache line, at the index that the map of flows has under the direction's
 * key. This process writes it before it puts the key into the map, and the first three fields are
 * the kernel's then.
 *
 * <pre>
 *    0        8        16       24    28     32     36    40        46        52   54       60   64
 *   +--------+--------+--------+-----+------+------+-----+---------+---------+----+--------+----+
 *   | frames | bytes  | last   | to  | new  | new  | new | new dst | new src | MTU| only   |from|
 *   |        |        | seen   |     | src  | dst  |ports| MAC     | MAC     |    | src MAC|    |
 *   +--------+--------+--------+-----+------+------+-----+---------+---------+----+--------+----+
 * </pre>
 *
 * "Last seen" is the monotonic clock in nanoseconds, to about a tick; "to" and "from" are
 * interfaces, "from" 0 for any: then the source MAC may be any, too. The rest is as in the frame,
 * in network order; the MTU is in this machine's. The addresses of IPv6 are in {@link
 * FlowAddresses}, and 0 here. Ports of 0: nothing but the MACs is new, as on the same network.
 */
final class FlowEntry {
  static final int FRAMES = 0;
  static final int BYTES = 8;
  static final int LAST_SEEN = 16;
  static final int TO = 24;
  static final int SOURCE = 28;
  static final int DESTINATION = 32;
  static final int PORTS = 36;
  static final int DESTINATION_MAC = 40;
  static final int SOURCE_MAC = 46;
  static final int MTU = 52;
  static final int ONLY_MAC = 54;
  static final int FROM = 60;
  static final int LENGTH = 64;

  /** A flow has two entries, for its two directions. */
  static final int PER_FLOW = 2;

  private FlowEntry() {}
}
