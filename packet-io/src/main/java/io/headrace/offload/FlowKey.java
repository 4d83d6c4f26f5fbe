package io.headrace.offload;

/**
 * The key of one direction of a flow: source, destination, the two ports as in the frame, and the
 * protocol in this machine's order. An address has the length of its family.
 *
 * <pre>
 *   +--------+-------------+-------+-------------+----------+
 *   | source | destination | sport | destination | protocol |
 *   | 4 / 16 | 4 / 16      | 2     | port 2      | 4        |
 *   +--------+-------------+-------+-------------+----------+
 * </pre>
 */
final class FlowKey {
  static final int SOURCE = 0;

  private FlowKey() {}

  static int destination(Family family) {
    return family.addressLength();
  }

  static int sourcePort(Family family) {
    return 2 * family.addressLength();
  }

  static int destinationPort(Family family) {
    return sourcePort(family) + Short.BYTES;
  }

  static int protocol(Family family) {
    return sourcePort(family) + 2 * Short.BYTES;
  }

  static int length(Family family) {
    return protocol(family) + Integer.BYTES;
  }
}
