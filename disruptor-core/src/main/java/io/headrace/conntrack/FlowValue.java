package io.headrace.conntrack;

/**
 * What the file keeps of a flow beside its key.
 *
 * <pre>
 *    0             8                 16       20       24
 *   +-------------+-----------------+--------+--------+
 *   | server, NAT | client MAC, arm | ports  | packet |    as in {@link FlowRecords}, but for the arm, which is its id
 *   +-------------+-----------------+--------+--------+
 * </pre>
 */
class FlowValue extends FlowBytes {
  private static final int ADDRESSES = 0;
  private static final int LINK = 8;
  static final int PORTS = 16;
  private static final int PACKET_LIMIT = 20;

  /** Another length is another version of the file. */
  static final int LENGTH = 24;

  @Override
  public long maxSize() {
    return LENGTH;
  }

  final void set(long addresses, long link, int ports, int packetLimit) {
    int64(ADDRESSES, addresses);
    int64(LINK, link);
    int32(PORTS, ports);
    int32(PACKET_LIMIT, packetLimit);
  }

  final long addresses() {
    return int64(ADDRESSES);
  }

  final long link() {
    return int64(LINK);
  }

  final int ports() {
    return int32(PORTS);
  }

  final int packetLimit() {
    return int32(PACKET_LIMIT);
  }
}
