package io.headrace.conntrack;

import io.headrace.conntrack.FlowRecords.End;
import io.headrace.packet.IpAddress;

/**
 * What the file keeps of a flow of IPv6 beside its key.
 *
 * <pre>
 *    0            24        40         56        72    88
 *   +------------+---------+----------+---------+-----+
 *   | {@link FlowValue} | client  | service  | server  | NAT |
 *   +------------+---------+----------+---------+-----+
 * </pre>
 */
final class Ipv6FlowValue extends FlowValue {
  static final int LENGTH = FlowValue.LENGTH + 4 * 2 * Long.BYTES;

  @Override
  public long maxSize() {
    return LENGTH;
  }

  void address(End end, long high, long low) {
    int64(field(end), high);
    int64(field(end) + Long.BYTES, low);
  }

  IpAddress address(End end) {
    return new IpAddress(int64(field(end)), int64(field(end) + Long.BYTES));
  }

  private static int field(End end) {
    return FlowValue.LENGTH + 2 * Long.BYTES * end.ordinal();
  }
}
